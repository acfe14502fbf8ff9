import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/**
 * The order of a conversation's jobs, which a person may change; the job that has heard a reply in its turn; jobs by
 * their end, for lists of files; and away with a time of ticks that nothing read.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  'alter table job add column turn integer not null default 1',
  `update job set turn = (
    select count(*) from job b
    where b.conversation = job.conversation and (b.created_at, b.id) <= (job.created_at, job.id))`,
  'alter table job add column said_into text',
  'create index job_ended on job (finished_at, id) where finished_at is not null',
  'alter table tick drop column decided_at',
]
