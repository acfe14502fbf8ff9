import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../clock.ts'
import type { Commit } from '../../db/commit.ts'
import type { Db } from '../../db/connect.ts'
import { dueSchedules, setNextDue } from '../../db/schedule.ts'
import { insertTicks } from '../../db/tick.ts'
import { scheduleOf } from './schedule.ts'
import { decide } from './ticks.ts'
import { nextRun } from './timing.ts'

/** How many schedules one transaction claims; more would keep the write lock from others for too long. */
const GROUP = 250

/**
 * Keeps a row for every due time that has come, and sets when each schedule is due next, both in one transaction: what
 * comes of a due time is in the table before anything runs. Gives how many schedules were due.
 */
export async function claimDue({ db, commit, clock }: { db: Db; commit: Commit; clock: Clock }): Promise<number> {
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
