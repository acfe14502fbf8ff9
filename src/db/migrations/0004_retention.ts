import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** What is to be removed still, after its rows are gone; and an index for old requests. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table removal (kind text not null, id text not null, primary key (kind, id))`.execute(db)
  await sql`create index inbound_received on inbound (received_at)`.execute(db)
}
