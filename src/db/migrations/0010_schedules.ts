import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Who made a schedule, when it is due next, how it fares; and what is still to be done about a due time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

// Nothing has written these tables before.
const STATEMENTS = [
  "alter table schedule add column maker text not null default '{}'",
  'alter table schedule add column end_at text',
  'alter table schedule add column next_due text',
  'alter table schedule add column paused_because text',
  'alter table schedule add column failures integer not null default 0',
  'alter table schedule add column alerted integer not null default 0',
  'create index schedule_due on schedule (next_due) where next_due is not null',
  'create index schedule_created on schedule (created_at, id)',
  "alter table tick add column start_at text not null default ''",
  'alter table tick add column manual integer not null default 0',
  'alter table tick add column note text',
  'alter table tick add column settled_at text',
  'create index tick_open on tick (state, start_at) where settled_at is null',
  'create index tick_settled on tick (settled_at) where settled_at is not null',
]
