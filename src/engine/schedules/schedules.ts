import { appendAudit } from '../../db/audit.ts'
import type { Db } from '../../db/connect.ts'
import {
  changeSchedule,
  deleteSchedule,
  findSchedule,
  insertSchedule,
  listSchedules,
  type ScheduleCursor,
  type ScheduleRow,
} from '../../db/schedule.ts'
import { dropTicks, insertTicks } from '../../db/tick.ts'
import { UserError } from '../../errors.ts'
import { newJobId, type Person } from '../../job.ts'
import { mayChange } from '../access.ts'
import { assertMaySubmit } from '../people.ts'
import { type BeginDeps, lostAccess, oweThread } from './begin.ts'
import { type CheckedDraft, checkDraft, type DraftDeps, type ScheduleDraft } from './draft.ts'
import { originOf, type Schedule, scheduleOf } from './schedule.ts'
import { nextRun, nextRuns } from './timing.ts'
import { RUNS_SHOWN, type Run, runsOf, type ScheduleView, titled, viewSchedule } from './view.ts'

/** Schedules as people make, see and change them. What throws, throws UserErrors, and then nothing was changed. */
export type Schedules = {
  /** The zone of a schedule that names none. */
  readonly defaultTimezone: string
  /** Checks a draft and gives when it would run next, without keeping anything. */
  preview(draft: ScheduleDraft, by: Person): Promise<CheckedDraft & { title: string; nextRuns: string[] }>
  add(draft: ScheduleDraft, by: Person): Promise<ScheduleView>
  /** Changes what is given; `enabled` pauses and resumes. */
  change(id: string, change: Partial<ScheduleDraft>, by: Person): Promise<ScheduleView>
  /** Takes it out with its history; jobs that it made stay. */
  remove(id: string, by: Person): Promise<void>
  /** Makes a job of it now, whatever else of it runs; gives the job's id. */
  run(id: string, by: Person): Promise<string>
  one(id: string): Promise<ScheduleView | null>
  /** Newest first; `seenBy`: only those of that place, and that person's own. */
  list(filter: ListFilter): Promise<{ schedules: ScheduleView[]; next: ScheduleCursor | null }>
  /** What became of the last due times, the latest first. */
  runs(id: string, limit: number): Promise<Run[]>
}

type ListFilter = {
  limit: number
  after?: ScheduleCursor | undefined
  seenBy?: Pick<Person, 'actor' | 'place'> | undefined
}

export type SchedulesDeps = BeginDeps & DraftDeps

export function createSchedules(deps: SchedulesDeps): Schedules {
  const { db, clock, instructions } = deps
  const view = (schedule: Schedule) => viewSchedule(db, schedule, instructions())
  return {
    defaultTimezone: deps.defaultTimezone,
    preview: async (draft, by) => {
      assertMaySubmit(await deps.asking(by))
      const checked = checkDraft(deps, draft, { maker: by, now: clock.now() })
      const runs = nextRuns(checked, clock.now(), RUNS_SHOWN)
      return { ...checked, title: titled(checked, instructions()), nextRuns: runs.map(run => run.toISOString()) }
    },
    add: async (draft, by) => await view(await add(deps, draft, by)),
    change: async (id, change, by) => await view(await changeOne(deps, id, change, by)),
    remove: (id, by) => remove(deps, id, by),
    run: (id, by) => runNow(deps, id, by),
    one: async id => {
      const row = await findSchedule(db, id)
      return row && (await view(scheduleOf(row)))
    },
    list: async filter => {
      const { rows, next } = await listSchedules(db, filter)
      return { schedules: await Promise.all(rows.map(row => view(scheduleOf(row)))), next }
    },
    runs: (id, limit) => runsOf(db, id, limit),
  }
}

async function add(deps: SchedulesDeps, draft: ScheduleDraft, by: Person): Promise<Schedule> {
  assertMaySubmit(await deps.asking(by))
  const now = deps.clock.now()
  const checked = checkDraft(deps, draft, { maker: by, now })
  const { platform, actor, actorName, roles, place } = by
  const { enabled = true } = draft
  const row: ScheduleRow = {
    ...rowOf(checked),
    ...{ id: newJobId(), created_by: actor, created_at: now.toISOString() },
    ...{ enabled: enabled ? 1 : 0, paused_because: enabled ? null : `paused by ${actorName}` },
    ...{ failures: 0, alerted: 0 },
    maker: JSON.stringify({ platform, actor, actorName, roles, place }),
    next_due: (enabled && nextRun(checked, now)?.toISOString()) || null,
  }
  await deps.commit(async trx => {
    await insertSchedule(trx, row)
    await appendAudit(trx, by, {
      at: row.created_at,
      action: 'schedule-add',
      target: `schedule:${row.id}`,
      detail: checked,
    })
  })
  return scheduleOf(row)
}

const rowOf = ({ endAt, inputs, policy, ...checked }: CheckedDraft) => ({
  ...checked,
  end_at: endAt,
  inputs: JSON.stringify(inputs),
  policy: JSON.stringify(policy),
})

async function changeOne(
  deps: SchedulesDeps,
  id: string,
  { enabled, ...change }: Partial<ScheduleDraft>,
  by: Person,
): Promise<Schedule> {
  const schedule = await mine(deps, id, by)
  const now = deps.clock.now()
  const edited = Object.keys(change).length > 0
  const checked = edited ? checkDraft(deps, merged(schedule, change), { maker: schedule.maker, now }) : null
  const on = enabled ?? schedule.enabled
  const lost = on ? await lostAccess(deps, { ...schedule, ...checked }) : null
  if (lost !== null) throw new UserError(`${lost} Make it anew instead.`, { kind: 'conflict' })
  const isNewTime = checked !== null || on !== schedule.enabled
  const due = on ? (nextRun(checked ?? schedule, now)?.toISOString() ?? null) : null
  await deps.commit(async trx => {
    await changeSchedule(trx, id, {
      ...(checked && rowOf(checked)),
      ...{ enabled: on ? 1 : 0, paused_because: on ? null : (schedule.pausedBecause ?? `paused by ${by.actorName}`) },
      ...(isNewTime && { next_due: due }),
    })
    const at = now.toISOString()
    if (edited) await appendAudit(trx, by, { at, action: 'schedule-change', target: `schedule:${id}`, detail: change })
    const turned = on ? 'schedule-resume' : 'schedule-pause'
    if (on !== schedule.enabled)
      await appendAudit(trx, by, { at, action: turned, target: `schedule:${id}`, detail: null })
  })
  return scheduleOf(await existing(deps.db, id))
}

/** The draft that a schedule would be made of anew; a new time takes the place of the other kind. */
function merged(schedule: Schedule, change: Partial<ScheduleDraft>): ScheduleDraft {
  const { cron, at, timezone, endAt, instruction, inputs, destination, policy } = schedule
  const time = change.when
    ? { cron: null, at: null }
    : change.cron
      ? { cron: change.cron, at: null }
      : change.at
        ? { cron: null, at: change.at }
        : { cron, at }
  return { ...{ timezone, endAt, instruction, inputs, destination }, ...policy, ...change, ...time }
}

async function remove(deps: SchedulesDeps, id: string, by: Person): Promise<void> {
  const { instruction, cron, at } = await mine(deps, id, by)
  const now = deps.clock.now().toISOString()
  await deps.commit(async trx => {
    await changeSchedule(trx, id, { enabled: 0, next_due: null, paused_because: 'it is being removed' })
    await appendAudit(trx, by, {
      at: now,
      action: 'schedule-remove',
      target: `schedule:${id}`,
      detail: { instruction, cron, at },
    })
  })
  // In batches: years of ticks in one transaction would keep others from writing.
  let more = true
  while (more) more = await deps.commit(trx => dropTicks(trx, { schedule: id }))
  await deps.commit(async trx => {
    for (more = true; more; ) more = await dropTicks(trx, { schedule: id }) // what came in between
    await deleteSchedule(trx, id)
  })
}

async function runNow(deps: SchedulesDeps, id: string, by: Person): Promise<string> {
  const schedule = await mine(deps, id, by)
  const lost = await lostAccess(deps, schedule)
  if (lost !== null) throw new UserError(lost, { kind: 'conflict' })
  const { instruction, inputs } = schedule
  const now = deps.clock.now()
  const due = new Date(now.getTime() + (now.getTime() % 1000 === 0 ? 1 : 0)).toISOString() // no time that cron has
  const job = await deps.submit({ instruction, inputs, origin: originOf(schedule) }, async (trx, job) => {
    const tick = { schedule: id, due, start_at: due, settled_at: null, note: null }
    await insertTicks(trx, [{ ...tick, state: 'made', manual: 1, job }])
    await oweThread(trx, schedule, job, now)
    await appendAudit(trx, by, { at: due, action: 'schedule-run', target: `schedule:${id}`, detail: { job } })
  })
  deps.wakeup.notify('queue')
  return job
}

/** The schedule, for somebody who may change it. */
async function mine({ db, asking }: SchedulesDeps, id: string, by: Person): Promise<Schedule> {
  const schedule = scheduleOf(await existing(db, id))
  if (!mayChange({ actor: schedule.maker.actor }, await asking(by)))
    throw new UserError(`Only ${schedule.maker.actorName}, operators and admins may change this schedule.`, {
      kind: 'forbidden',
    })
  return schedule
}

async function existing(db: Db, id: string): Promise<ScheduleRow> {
  const row = await findSchedule(db, id)
  if (!row) throw new UserError(`There is no schedule \`${id}\`.`)
  return row
}
