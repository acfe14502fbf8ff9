import { randomBytes } from 'node:crypto'
import type { Db } from './connect.ts'

/** A random key that belongs to this database, made when it is asked for first: every process on it has the same one. */
export async function secretOf(db: Db, name: string): Promise<string> {
  const key = `secret ${name}`
  const read = () => db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
  const known = await read()
  if (known) return known.value
  const value = randomBytes(32).toString('base64url')
  await db
    .insertInto('meta')
    .values({ key, value })
    .onConflict(oc => oc.column('key').doNothing())
    .execute()
  return (await read())?.value ?? value
}

/** The key that links to files are signed with. */
export const FILE_LINKS = 'file links'
