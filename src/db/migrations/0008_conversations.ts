import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** What a follow-up says, how often people have begun a job anew, who holds a conversation, and what people think. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  'alter table job add column reply text',
  'alter table job add column round integer not null default 1',
  'alter table conversation add column held_by text',
  'create index conversation_created on conversation (created_at, id)',
  `create table feedback (
    job text not null references job (id), actor text not null, good integer not null, words text, at text not null,
    primary key (job, actor))`,
]
