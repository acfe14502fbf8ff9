import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../clock.ts'
import type { Commit } from '../../db/commit.ts'
import type { Db } from '../../db/connect.ts'
import {
  changeSchedule,
  dueSchedules,
  findSchedule,
  type ScheduleRow,
  setNextDue,
  waitingSchedules,
} from '../../db/schedule.ts'
import { dropTicksAhead, insertTicks } from '../../db/tick.ts'
import { scheduleOf } from './schedule.ts'
import { decide } from './ticks.ts'
import { nextRun } from './timing.ts'

/** How many schedules one transaction claims; more would keep the write lock from others for too long. */
const GROUP = 250

type ClaimDeps = { db: Db; commit: Commit; clock: Clock }

/**
 * Keeps a row for every due time that has come, and sets when each schedule is due next, both in one transaction: what
 * comes of a due time is in the table before anything runs. Gives how many schedules were due.
 */
export async function claimDue({ db, commit, clock }: ClaimDeps): Promise<number> {
  const next = remembering()
  let claimed = 0
  // Looked at first without a transaction: mostly nothing is due, and then nobody has to wait for the write lock.
  while ((await dueSchedules(db, clock.now().toISOString(), 1)).length > 0) {
    claimed += await commit(trx => claimGroup(trx, clock.now(), next))
    await setImmediate() // others get the event loop, which a database in the process does not give back
  }
  return claimed
}

async function claimGroup(trx: Db, now: Date, next: typeof nextRun): Promise<number> {
  const rows = await dueSchedules(trx, now.toISOString(), GROUP)
  const decided = rows.map(row => ({ row, ...decide(scheduleOf(row), now, next) }))
  await insertTicks(
    trx,
    decided.flatMap(({ ticks }) => ticks),
  )
  await setNextDue(
    trx,
    decided.map(({ row, nextDue }) => ({ ...row, next_due: nextDue })),
  )
  return rows.length
}

/**
 * Lets no schedule wait for a time that a wrong clock gave: each is due when it would be by the time that it is now.
 * What had run by then stays, and does not run again.
 */
export async function dueByNow({ db, commit, clock }: ClaimDeps): Promise<void> {
  const next = remembering()
  const now = clock.now()
  for (let afterId = ''; ; ) {
    const rows = await waitingSchedules(db, { now: now.toISOString(), afterId, limit: GROUP })
    for (const row of rows) {
      const due = next(scheduleOf(row), now)?.toISOString()
      if (due !== undefined && (row.next_due === null || due < row.next_due))
        await commit(trx => setDue(trx, row, { due, now: now.toISOString() }))
    }
    const last = rows.at(-1)
    if (!last) return
    afterId = last.id
    await setImmediate()
  }
}

async function setDue(trx: Db, seen: ScheduleRow, { due, now }: { due: string; now: string }): Promise<void> {
  const row = await findSchedule(trx, seen.id)
  if (row?.enabled !== 1 || row.next_due !== seen.next_due) return // somebody changed it meanwhile
  await dropTicksAhead(trx, seen.id, now)
  await changeSchedule(trx, seen.id, { next_due: due })
}

/** Schedules that are due together mostly have the same times: what was worked out for one holds for the others. */
function remembering(): typeof nextRun {
  const known = new Map<string, Date | null>()
  return (timing, after) => {
    const key = JSON.stringify([timing.cron, timing.at, timing.timezone, timing.endAt, after])
    const found = known.get(key)
    if (found !== undefined) return found
    const next = nextRun(timing, after)
    known.set(key, next)
    return next
  }
}
