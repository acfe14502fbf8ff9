import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** When a question is reminded of, and when its answer reached the agent; what is due is found at once. Who may what. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  'alter table question add column remind_at text',
  'alter table question add column delivered_at text',
  "create index question_due on question (expires_at) where state = 'open'",
  'create table people (actor text primary key, role text not null, changed_by text not null, changed_at text not null)',
]
