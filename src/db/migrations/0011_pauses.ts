import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Why and until when nothing starts, so that a restart knows it too. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table pause (
    kind text primary key, since text not null, until text not null, is_known integer not null, tries integer not null)`.execute(
    db,
  )
}
