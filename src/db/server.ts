import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { type Db, dbNow } from './connect.ts'

/** A process that works on the database; `pid` counts only with `pidStart`, which is null where the system has none. */
export type ServerProcess = { owner: string; host: string; pid: number; pidStart: string | null }

/** Says that this process lives, and will for as long as the lease says. */
export async function keepAlive(db: Db, server: ServerProcess, leaseMs: number): Promise<void> {
  const { pidStart, ...row } = server
  await db
    .insertInto('server')
    .values({ ...row, pid_start: pidStart, alive_until: dbNow(leaseMs) })
    .onConflict(oc => oc.column('owner').doUpdateSet({ alive_until: dbNow(leaseMs) }))
    .execute()
}

/** Every other process that said that it lives; `isSilent` when it has not said so again in its time. */
export async function otherServers(db: Db, owner: string): Promise<(ServerProcess & { isSilent: boolean })[]> {
  const rows = await db
    .selectFrom('server')
    .select(['owner', 'host', 'pid', 'pid_start as pidStart'])
    .select(eb => eb('alive_until', '<', dbNow()).as('silent'))
    .where('owner', '<>', owner)
    .execute()
  return rows.map(({ silent, ...row }) => ({ ...row, isSilent: Boolean(silent) }))
}

/** Forgets processes that are dead; one that lives after all says so again. */
export async function forgetServers(db: Db, owners: readonly string[]): Promise<void> {
  if (owners.length > 0) await db.deleteFrom('server').where('owner', 'in', owners).execute()
}

/** The condition that what a row holds is free for `owner`: nobody has it, or another who lives no more. */
export function isFree(column: 'delivery.owner' | 'inbound.owner', owner: string): RawBuilder<SqlBool> {
  const holder = sql.ref(column)
  return sql<SqlBool>`(${holder} is null or (${holder} <> ${owner} and not exists (
    select 1 from server where server.owner = ${holder} and server.alive_until >= ${dbNow()})))`
}
