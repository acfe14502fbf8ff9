import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Indexes for lists of jobs by who asked, where, and what for, so that each page takes the same time at any size; and one for held jobs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['actor', 'place', 'instruction'])
    await sql.raw(`create index job_${column} on job (${column}, created_at, id)`).execute(db)
  await sql.raw('create index job_held on job (hold_until) where hold_until is not null').execute(db)
}
