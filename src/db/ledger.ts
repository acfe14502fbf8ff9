import { sql } from 'kysely'
import { dayIn } from '../zone.ts'
import type { Db } from './connect.ts'

/** What the ledger counts; `jobs` are those that started. */
export type LedgerMetric = 'costUsd' | 'tokens' | 'jobs'

/** How long a period of the ledger is. */
export type PeriodLength = 'hour' | 'day' | 'month'

/** The period that a moment is in, as the ledger names it: days and months by the clocks of a zone, hours in UTC. */
export function periodOf(at: Date, length: PeriodLength, zone: string): string {
  if (length === 'hour') return at.toISOString().slice(0, 'yyyy-mm-ddThh'.length)
  return dayIn(at, zone).slice(0, length === 'day' ? undefined : 'yyyy-mm'.length)
}

const PERIODS: Record<LedgerMetric, readonly PeriodLength[]> = {
  costUsd: ['day', 'month'],
  tokens: ['day', 'month'],
  jobs: ['hour', 'day'],
}

/** A moment, and the zone by whose clocks it is in a day and a month. */
export type LedgerTime = { at: Date; zone: string }

/** Adds the amounts to what each scope has spent in each period of that moment; atomic, whoever else adds. */
export async function addSpent(
  db: Db,
  scopes: readonly string[],
  { at, zone }: LedgerTime,
  amounts: Readonly<Partial<Record<LedgerMetric, number>>>,
): Promise<void> {
  const added = (Object.entries(amounts) as [LedgerMetric, number][]).filter(([, spent]) => spent > 0)
  const rows = scopes.flatMap(scope =>
    added.flatMap(([metric, spent]) =>
      PERIODS[metric].map(length => ({ scope, period: periodOf(at, length, zone), metric, spent })),
    ),
  )
  if (rows.length === 0) return
  await db
    .insertInto('ledger')
    .values(rows)
    .onConflict(oc =>
      oc
        .columns(['scope', 'period', 'metric'])
        .doUpdateSet(eb => ({ spent: eb('ledger.spent', '+', eb.ref('excluded.spent')) })),
    )
    .execute()
}

/** What these scopes have spent in the hour, the day and the month of a moment, by `scope period metric`. */
export async function spentByScope(db: Db, scopes: readonly string[], time: LedgerTime): Promise<Map<string, number>> {
  if (scopes.length === 0) return new Map()
  const periods = (['hour', 'day', 'month'] as const).map(length => periodOf(time.at, length, time.zone))
  const rows = await db
    .selectFrom('ledger')
    .select(['scope', 'period', 'metric', 'spent'])
    .where('scope', 'in', scopes)
    .where('period', 'in', periods)
    .execute()
  return new Map(rows.map(({ scope, period, metric, spent }) => [`${scope} ${period} ${metric}`, spent]))
}

/** Notes something once a scope and period; true the first time. */
export async function noteOnce(db: Db, note: { scope: string; period: string; metric: string }): Promise<boolean> {
  const result = await db
    .insertInto('ledger')
    .values({ ...note, spent: 1 })
    .onConflict(oc => oc.doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Forgets the days and months that were over before a time. */
export async function dropPeriods(db: Db, before: string): Promise<void> {
  await db.deleteFrom('ledger').where('period', '<', sql<string>`substr(${before}, 1, length(period))`).execute()
}
