import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Posts by where they stand, so that a reply to one finds its job. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('create index delivery_post on delivery (platform_ids) where platform_ids is not null').execute(db)
}
