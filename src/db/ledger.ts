import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** What the ledger counts. */
export type LedgerMetric = 'costUsd' | 'tokens'

/** The periods that a moment is in, as the ledger names them: the day and the month, in UTC. */
export function periodsOf(at: Date): [day: string, month: string] {
  const iso = at.toISOString()
  return [iso.slice(0, 10), iso.slice(0, 7)]
}

/** Adds the amounts to what each scope has spent in each period of that moment; atomic, whoever else adds. */
export async function addSpent(
  db: Db,
  scopes: readonly string[],
  at: Date,
  amounts: Readonly<Record<LedgerMetric, number>>,
): Promise<void> {
  const added = Object.entries(amounts).filter(([, spent]) => spent > 0)
  const rows = scopes.flatMap(scope =>
    periodsOf(at).flatMap(period => added.map(([metric, spent]) => ({ scope, period, metric, reserved: 0, spent }))),
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

/** What a scope has spent in a period; 0 where nothing was. */
export async function spentIn(db: Db, scope: string, period: string, metric: LedgerMetric): Promise<number> {
  const row = await db
    .selectFrom('ledger')
    .select('spent')
    .where('scope', '=', scope)
    .where('period', '=', period)
    .where('metric', '=', metric)
    .executeTakeFirst()
  return row?.spent ?? 0
}

/** Forgets the days and months that were over before a time. */
export async function dropPeriods(db: Db, before: string): Promise<void> {
  await db.deleteFrom('ledger').where('period', '<', sql<string>`substr(${before}, 1, length(period))`).execute()
}
