import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** What a button or a form in a chat stands for, where it is more than the platform lets it carry. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('create table control (id text primary key, body text not null, created_at text not null)').execute(db)
}
