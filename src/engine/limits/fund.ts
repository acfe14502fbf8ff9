import type { AttemptKey } from '../../db/attempt.ts'
import type { Db } from '../../db/connect.ts'
import { appendEvents } from '../../db/event.ts'
import { noteOnce, periodOf } from '../../db/ledger.ts'
import { openJobs, setReserved } from '../../db/open-jobs.ts'
import { NOTICE } from '../../job.ts'
import type { Log } from '../../log.ts'
import { type Meter, promisedTo, readMeters, roomIn } from './gate.ts'
import { amountWords, LIMITS, type Limits, limitWords, scopesOf } from './names.ts'

/** Dollars that are set aside at a time for a job without a cap of its own; more follow as it uses them. */
const SHARE_USD = 1
/** From this part of a budget on people are warned, once a period. */
const WARN_AT = 0.8

/** What is set aside for a job that starts: its whole cap, so that jobs at the same time cannot overrun a budget. */
export const toReserve = (room: number | null, capLeft: number | null): number | null =>
  room === null ? null : Math.min(Math.max(0, capLeft ?? SHARE_USD), room)

/** A job under way as its budgets see it: `capLeft` is what it may still use of its own cap, null without one. */
export type Funded = { actor: string; place: string; instruction: string; spentUsd: number; capLeft: number | null }

/** Now, and who hears of a warning: the log, and the admins. */
export type WarnDeps = { now: Date; log: Log; tellAdmins(trx: Db, text: string): Promise<void> }

/**
 * Sets aside again what a job may use, out of what its budgets have left; false when that is nothing. Warns of budgets
 * that near their end. Call it in the transaction that books what was spent.
 */
export async function renewFunds(
  trx: Db,
  limits: Limits,
  key: AttemptKey,
  job: Funded,
  deps: WarnDeps,
): Promise<boolean> {
  const scopes = scopesOf(job)
  const rows = limits.rows.filter(({ scope, name }) => scopes.includes(scope) && LIMITS[name].counts)
  if (rows.length === 0) return true
  const { now } = deps
  const open = await openJobs(trx)
  const isOwn = (other: AttemptKey) => other.job === key.job && other.n === key.n
  const meters = await readMeters(
    trx,
    { ...limits, rows },
    open.filter(other => !isOwn(other)),
    now,
  )
  await warnOf(trx, meters, limits.zone, key, deps)
  const room = roomIn(meters)
  if (room === null) return true
  const own = open.find(isOwn)
  const wanted = job.capLeft ?? Math.max(SHARE_USD, own ? promisedTo({ ...own, costUsd: job.spentUsd }) : 0)
  const granted = Math.min(Math.max(0, wanted), room)
  await setReserved(trx, key, job.spentUsd + granted)
  return granted > 0 || wanted <= 0
}

/**
 * Says of each limit that fills up, once a period and value, that it nears its end: to the job's thread, and to the
 * admins. Call it in the transaction that counts.
 */
export async function warnOf(
  trx: Db,
  meters: readonly Meter[],
  zone: string,
  key: AttemptKey,
  { now, log, tellAdmins }: WarnDeps,
): Promise<void> {
  for (const meter of meters.filter(({ used, value }) => used >= WARN_AT * value)) {
    const { scope, name, used, value } = meter
    const length = LIMITS[name].counts?.period ?? 'day'
    // By its value: one that was raised is told of again.
    const note = { scope, period: periodOf(now, length, zone), metric: `warned ${name} ${value}` }
    if (!(await noteOnce(trx, note))) continue
    const text = warningWords(meter)
    log.warn({ scope, limit: name, used, value }, text)
    await tellAdmins(trx, text)
    await appendEvents(trx, key.job, key.n, [{ kind: 'status', id: NOTICE, text, at: now.toISOString() }])
  }
}

/** `all: $16.20 of $20.00 a day are used.` */
const warningWords = ({ scope, name, used, value }: Meter): string =>
  `${scope === 'global' ? 'all' : scope}: ${amountWords(name, used)} of ${limitWords(name, value)} are used.`
