import type { Clock } from '../../clock.ts'
import type { Commit } from '../../db/commit.ts'
import type { Db } from '../../db/connect.ts'
import { type DeliveryRow, findDeliveries, postKey } from '../../db/delivery.ts'
import { changeSchedule, findSchedule } from '../../db/schedule.ts'
import { endedTicks, settleTick, type TickKey } from '../../db/tick.ts'
import type { Log } from '../../log.ts'
import type { TickEnd } from '../../schedule.ts'
import { failedWords, oweAlert, recoveredWords } from './alerts.ts'
import { scheduleOf } from './schedule.ts'

/** How a tick ended, and why. */
export type End = { state: TickEnd; note: string | null }

export type SettleDeps = { db: Db; commit: Commit; clock: Clock; log: Log }

/** A result that is not posted by then counts as undelivered. */
const POSTED_WITHIN_MS = 15 * 60_000

/** Settles the ticks whose jobs are over: as they ended, and whether people got to see it. */
export async function settleEnded(deps: SettleDeps): Promise<void> {
  const { db, clock } = deps
  const ended = await endedTicks(db)
  const posts = new Map((await findDeliveries(db, ended.flatMap(postKeysOf))).map(row => [row.key, row]))
  // Asked for together, so that they share commits, and written in this order.
  await Promise.all(
    ended.map(async tick => {
      const end = endOf(
        tick,
        postKeysOf(tick).map(key => posts.get(key)),
        clock.now(),
      )
      if (end) await settle(deps, tick, end)
    }),
  )
}

type Ended = Awaited<ReturnType<typeof endedTicks>>[number]

const postKeysOf = ({ job }: Pick<Ended, 'job'>): string[] =>
  job === null ? [] : [postKey(job, 'card'), postKey(job, 'result')]

/** Null while the result is still to be posted. */
function endOf({ status, message, finished_at }: Ended, posts: (DeliveryRow | undefined)[], now: Date): End | null {
  if (status === null) return { state: 'cancelled', note: 'the job is gone' }
  if (status === 'failed') return { state: 'failed', note: message }
  if (status === 'cancelled') return { state: 'cancelled', note: message }
  const failed = posts.find(post => post?.state === 'failed')
  if (failed) return { state: 'failed', note: `it ran, and could not be posted: ${failed.error}` }
  const result = posts.at(-1)
  if (!result || result.state === 'sent') return { state: 'succeeded', note: message }
  const waited = now.getTime() - Date.parse(finished_at ?? now.toISOString())
  if (waited < POSTED_WITHIN_MS) return null
  return { state: 'failed', note: 'it ran, and its result was not posted: the chat did not take it' }
}

/** Keeps how a tick ended; a failure and a success count, and somebody is told where the policy says so. */
export async function settle(deps: SettleDeps, tick: TickKey, end: End): Promise<void> {
  const at = deps.clock.now().toISOString()
  if (end.state === 'failed') deps.log.warn({ ...pick(tick), note: end.note }, 'a scheduled run failed')
  await deps.commit(async trx => {
    if (!(await settleTick(trx, tick, { ...end, at }))) return
    if (end.state === 'failed') await countFailure(trx, tick, end.note, at)
    if (end.state === 'succeeded') await countSuccess(trx, tick, at)
  })
}

async function countFailure(trx: Db, tick: TickKey, why: string | null, at: string): Promise<void> {
  const row = await findSchedule(trx, tick.schedule)
  if (!row) return
  const schedule = scheduleOf(row)
  const failures = schedule.failuresInARow + 1
  const tells = failures >= schedule.policy.alertAfter && !schedule.alerted
  await changeSchedule(trx, schedule.id, { failures, ...(tells && { alerted: 1 }) })
  if (tells) await oweAlert(trx, schedule, { alert: 'failed', text: failedWords(schedule, failures, why), at })
}

async function countSuccess(trx: Db, tick: TickKey, at: string): Promise<void> {
  const row = await findSchedule(trx, tick.schedule)
  if (!row || row.failures === 0) return
  await changeSchedule(trx, row.id, { failures: 0, alerted: 0 })
  const schedule = scheduleOf(row)
  if (schedule.alerted) await oweAlert(trx, schedule, { alert: 'recovered', text: recoveredWords(schedule), at })
}

const pick = ({ schedule, due }: TickKey): TickKey => ({ schedule, due })
