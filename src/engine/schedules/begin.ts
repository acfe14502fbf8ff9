import { setImmediate } from 'node:timers/promises'
import { appendAudit } from '../../db/audit.ts'
import type { Db } from '../../db/connect.ts'
import { owe, postKey } from '../../db/delivery.ts'
import { SCHEDULE_PRIORITY } from '../../db/queue.ts'
import { changeSchedule, findSchedule } from '../../db/schedule.ts'
import {
  holdTick,
  liveJobsOf,
  markMade,
  postponeTick,
  releasableTicks,
  releaseTick,
  startableTicks,
  type TickRow,
} from '../../db/tick.ts'
import { messageOf, UserError } from '../../errors.ts'
import type { Person } from '../../job.ts'
import { type Asking, maySubmit } from '../access.ts'
import { mayRun } from '../instructions/allow.ts'
import type { Instructions } from '../instructions/instruction.ts'
import type { Submission } from '../submit.ts'
import type { Wakeup } from '../wakeup.ts'
import { oweAlert, pausedWords } from './alerts.ts'
import { ERRAND, originOf, type Schedule, scheduleOf } from './schedule.ts'
import { type SettleDeps, settle } from './settle.ts'
import { isTooLate } from './ticks.ts'

/** How many ticks are looked at in one query, and of how many schedules jobs are made side by side. */
const LOOKED_AT = 500
const SIDE_BY_SIDE = 25
/** After how long a job that could not be made now is tried again. */
const AGAIN_MS = 10_000

export type BeginDeps = SettleDeps & {
  wakeup: Wakeup
  instructions: () => Instructions
  asking: (person: Person) => Promise<Asking>
  /** Makes a job, with what `also` writes in the same transaction. */
  submit: (submission: Submission, also: (trx: Db, id: string) => Promise<void>) => Promise<string>
  cancel: (id: string, by: Person) => Promise<void>
}

/** Makes the jobs of all ticks whose time has come, each once, whoever else tries. */
export async function beginDue(deps: BeginDeps, signal: AbortSignal): Promise<void> {
  const { db, commit, clock } = deps
  for (const tick of await releasableTicks(db)) await commit(trx => releaseTick(trx, tick))
  while (!signal.aborted) {
    const ticks = await startableTicks(db, clock.now().toISOString(), LOOKED_AT)
    if (ticks.length === 0) return
    const bySchedule = [...Map.groupBy(ticks, ({ schedule }) => schedule).values()]
    for (let from = 0; from < bySchedule.length && !signal.aborted; from += SIDE_BY_SIDE) {
      await Promise.all(bySchedule.slice(from, from + SIDE_BY_SIDE).map(own => beginInOrder(deps, own)))
      await setImmediate() // others get the event loop
    }
  }
}

async function beginInOrder(deps: BeginDeps, ticks: readonly TickRow[]): Promise<void> {
  for (const tick of ticks) await begin(deps, tick)
}

async function begin(deps: BeginDeps, tick: TickRow): Promise<void> {
  const row = await findSchedule(deps.db, tick.schedule)
  if (!row) return await settle(deps, tick, { state: 'missed', note: 'the schedule is being removed' })
  const schedule = scheduleOf(row)
  if (!schedule.enabled) return await settle(deps, tick, { state: 'skipped', note: schedule.pausedBecause })
  if (isTooLate(tick, schedule.policy, deps.clock.now()))
    return await settle(deps, tick, { state: 'missed', note: tick.note ?? 'it could not begin in time' })
  const lost = await lostAccess(deps, schedule)
  if (lost !== null) return await pauseAt(deps, schedule, tick, lost)
  if (await makesRoom(deps, schedule, tick)) await makeJob(deps, schedule, tick)
}

/** What its maker may not do any more; null when they may run it. That there is no such instruction is another matter. */
export async function lostAccess(
  { instructions, asking }: Pick<BeginDeps, 'instructions' | 'asking'>,
  schedule: Pick<Schedule, 'instruction' | 'destination' | 'maker'>,
): Promise<string | null> {
  const origin = originOf(schedule)
  const person = await asking(origin)
  const instruction = instructions().byName.get(schedule.instruction)
  const who = { actor: origin.actor, roles: origin.roles ?? [], place: origin.place }
  if (maySubmit(person) && (!instruction || mayRun(instruction, who))) return null
  return `${origin.actorName}, who made it, may not run \`${schedule.instruction}\` there any more.`
}

/** Pauses a schedule whose maker lost access, and says so. */
async function pauseAt(deps: BeginDeps, schedule: Schedule, tick: TickRow, why: string): Promise<void> {
  const at = deps.clock.now().toISOString()
  await settle(deps, tick, { state: 'skipped', note: why })
  await deps.commit(async trx => {
    if ((await findSchedule(trx, schedule.id))?.enabled !== 1) return // another process did it
    await changeSchedule(trx, schedule.id, { enabled: 0, next_due: null, paused_because: why })
    await oweAlert(trx, schedule, { alert: 'paused', text: pausedWords(schedule, why), at })
    await appendAudit(trx, ERRAND, {
      at,
      action: 'schedule-pause',
      target: `schedule:${schedule.id}`,
      detail: { because: why },
    })
  })
}

/** Does with earlier runs what the policy says; false when this run does not begin now. */
async function makesRoom(deps: BeginDeps, { id, policy: { overlap } }: Schedule, tick: TickRow): Promise<boolean> {
  if (overlap === 'allow') return true
  const going = await liveJobsOf(deps.db, id)
  if (going.length === 0) return true
  if (overlap === 'replace') {
    for (const job of going) await cancelled(deps, job)
    return true
  }
  const note = `the run before was still going (job ${going.join(', ')})`
  if (overlap === 'skip') await settle(deps, tick, { state: 'skipped', note })
  else await deps.commit(trx => holdTick(trx, tick, note))
  return false
}

async function cancelled({ cancel }: BeginDeps, job: string): Promise<void> {
  try {
    await cancel(job, { ...ERRAND, actorName: 'the next run of its schedule' })
  } catch (error) {
    if (!(error instanceof UserError)) throw error // it ended in this very moment
  }
}

/** Thrown in the transaction of a submit, which then makes nothing. */
const NOT_NOW = new Error('another process, or another run, was faster')

async function makeJob(deps: BeginDeps, schedule: Schedule, tick: TickRow): Promise<void> {
  const { instruction, inputs, policy } = schedule
  try {
    const submission = { instruction, inputs, origin: originOf(schedule), priority: SCHEDULE_PRIORITY }
    await deps.submit(submission, async (trx, job) => {
      const alone = policy.overlap === 'skip' || policy.overlap === 'queue'
      if (alone && (await liveJobsOf(trx, schedule.id)).length > 0) throw NOT_NOW
      if (!(await markMade(trx, tick, job))) throw NOT_NOW
      await oweThread(trx, schedule, job, deps.clock.now())
    })
    deps.wakeup.notify('queue')
  } catch (error) {
    if (error !== NOT_NOW) await refused(deps, tick, error)
  }
}

/** Nobody's message began the job: the chat of its place takes up its thread as one that is owed. */
export async function oweThread(trx: Db, { destination }: Schedule, job: string, now: Date): Promise<void> {
  if (destination === null) return
  const target = { place: destination, thread: null }
  await owe(trx, { key: postKey(job, 'result'), target, order: 3, step: 'result', body: null, at: now.toISOString() })
}

/** What is wrong with the schedule is a failure; what only does not work now is tried again until it is too late. */
async function refused(deps: BeginDeps, tick: TickRow, error: unknown): Promise<void> {
  if (error instanceof UserError && error.kind !== 'runtime')
    return await settle(deps, tick, { state: 'failed', note: error.message })
  deps.log.warn(
    { err: error, schedule: tick.schedule, due: tick.due },
    `a scheduled job could not be made; trying again`,
  )
  const until = new Date(deps.clock.now().getTime() + AGAIN_MS).toISOString()
  await deps.commit(trx => postponeTick(trx, tick, { until, note: `it could not be made: ${messageOf(error)}` }))
}
