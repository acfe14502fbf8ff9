import type { Db } from './connect.ts'

/** Keeps the text of an instruction under its hash; the same text is kept once. */
export async function keepInstructionVersion(
  db: Db,
  version: { sha: string; name: string; source: string; at: string },
): Promise<void> {
  await db
    .insertInto('instruction_version')
    .values({ sha: version.sha, name: version.name, source: version.source, created_at: version.at })
    .onConflict(oc => oc.column('sha').doNothing())
    .execute()
}

/** The text that was kept under a hash, with the instruction's name. */
export async function findInstructionVersion(db: Db, sha: string): Promise<{ name: string; source: string } | null> {
  return (
    (await db.selectFrom('instruction_version').select(['name', 'source']).where('sha', '=', sha).executeTakeFirst()) ??
    null
  )
}
