import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/**
 * The lanes of the queue, each with the job that stands first in it, so that a fair pick looks at no other; and what is
 * set aside for an attempt, with the attempt, so that it is free again by itself when that ends.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const FIRST = `not exists (select 1 from queue other where other.lane = queue.lane
  and (other.order_key < queue.order_key or (other.order_key = queue.order_key and other.job < queue.job)))`

const STATEMENTS = [
  `update queue set lane = (
    select job.actor || ' ' || job.place || ' ' || job.instruction from job where job.id = queue.job)`,
  'drop index queue_lane',
  'drop index queue_order',
  'create index queue_lane on queue (lane, order_key, job)',
  `create table lane (
    lane text primary key, actor text not null, place text not null, instruction text not null,
    head bigint not null, head_job text not null)`,
  'create index lane_head on lane (head, head_job)',
  'create index lane_actor on lane (actor)',
  `insert into lane select queue.lane, job.actor, job.place, job.instruction, queue.order_key, queue.job
    from queue join job on job.id = queue.job where ${FIRST}`,
  'create index job_finished on job (instruction, finished_at)',
  'alter table attempt add column reserved double precision',
  'alter table ledger drop column reserved',
]
