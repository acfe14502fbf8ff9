import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** The processes that work on this database, and which of them tells a thread or answers a request. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table server (
    owner text primary key, host text not null, pid integer not null, pid_start text, alive_until text not null)`.execute(
    db,
  )
  await sql`alter table delivery add column owner text`.execute(db)
  await sql`alter table inbound add column owner text`.execute(db)
}
