import type { ExpressionBuilder } from 'kysely'
import type { Spent } from '../job.ts'
import { type AttemptKey, readSpent } from './attempt.ts'
import { type Db, dbNow } from './connect.ts'
import { lastHeardAttempt } from './event.ts'
import type { Schema } from './schema.ts'

/** An attempt that is open and whose owner does not run it any more; what it left on its host may still run. */
export type AbandonedAttempt = AttemptKey & {
  owner: string
  pid: number | null
  pidStart: string | null
  /** Until when its owner was last known to live. */
  leaseUntil: string | null
  spent: Spent
}

/** Open attempts of others whose lease has run out, and all open ones of the owners that are known to be dead. */
export async function abandonedAttempts(db: Db, owner: string, dead: readonly string[]): Promise<AbandonedAttempt[]> {
  const rows = await db
    .selectFrom('attempt')
    .select(['job', 'n', 'owner', 'pid', 'pid_start as pidStart', 'lease_until as leaseUntil', 'cost_usd', 'usage'])
    .where('ended_at', 'is', null)
    .where('owner', '<>', owner)
    .where(isAbandoned(dead))
    .execute()
  return rows.map(({ cost_usd, usage, ...row }) => ({ ...row, spent: readSpent({ cost_usd, usage }) }))
}

/**
 * Makes an abandoned attempt another owner's, so that the one before can write nothing more for it; false when it has
 * ended, or its owner has shown signs of life since.
 */
export async function takeOver(
  db: Db,
  attempt: AttemptKey & { owner: string },
  { to, dead, leaseMs }: { to: string; dead: readonly string[]; leaseMs: number },
): Promise<boolean> {
  const result = await db
    .updateTable('attempt')
    .set({ owner: to, lease_until: dbNow(leaseMs) })
    .where('job', '=', attempt.job)
    .where('n', '=', attempt.n)
    .where('owner', '=', attempt.owner)
    .where('ended_at', 'is', null)
    .where(isAbandoned(dead))
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

const isAbandoned = (dead: readonly string[]) => (eb: ExpressionBuilder<Schema, 'attempt'>) =>
  eb.or([eb('lease_until', '<', dbNow()), ...(dead.length > 0 ? [eb('owner', 'in', dead)] : [])])

/**
 * How many attempts in a row, this one the last, crashed since the agent's last line. Zero when the agent has said
 * something in this one.
 */
export async function silentCrashes(db: Db, { job, n }: AttemptKey): Promise<number> {
  const heard = await lastHeardAttempt(db, job)
  const rows = await db
    .selectFrom('attempt')
    .select('cause')
    .where('job', '=', job)
    .where('n', '>', heard)
    .where('n', '<=', n)
    .orderBy('n', 'desc')
    .execute()
  const first = rows.findIndex(({ cause }) => cause !== 'crash')
  return first === -1 ? rows.length : first + 1
}
