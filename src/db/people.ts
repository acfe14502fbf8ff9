import type { Role } from '../job.ts'
import type { Db } from './connect.ts'

/** A person whose role somebody set. */
export type PersonRole = { actor: string; role: Role; changedBy: string; changedAt: string }

export async function findRole(db: Db, actor: string): Promise<Role | null> {
  const row = await db.selectFrom('people').select('role').where('actor', '=', actor).executeTakeFirst()
  return row?.role ?? null
}

/** Everybody with a role of their own, by key. */
export async function listPeople(db: Db): Promise<PersonRole[]> {
  return await db
    .selectFrom('people')
    .select(['actor', 'role', 'changed_by as changedBy', 'changed_at as changedAt'])
    .orderBy('actor')
    .execute()
}

export async function setRole(db: Db, { actor, role, changedBy, changedAt }: PersonRole): Promise<void> {
  const change = { role, changed_by: changedBy, changed_at: changedAt }
  await db
    .insertInto('people')
    .values({ actor, ...change })
    .onConflict(oc => oc.column('actor').doUpdateSet(change))
    .execute()
}

/** False when there was nothing to remove. */
export async function removeRole(db: Db, actor: string): Promise<boolean> {
  const result = await db.deleteFrom('people').where('actor', '=', actor).executeTakeFirst()
  return result.numDeletedRows > 0n
}
