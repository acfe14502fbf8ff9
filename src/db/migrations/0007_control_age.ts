import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** What is old enough to be forgotten is found at once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index control_created on control (created_at)`.execute(db)
}
