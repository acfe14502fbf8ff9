import type { Db } from './connect.ts'

/** A limit that somebody set. */
export type LimitRow = { scope: string; name: string; value: number }

export async function listLimits(db: Db): Promise<LimitRow[]> {
  return await db.selectFrom('limit').select(['scope', 'name', 'value']).orderBy('scope').orderBy('name').execute()
}

export async function setLimit(
  db: Db,
  { scope, name, value }: LimitRow,
  change: { changed_by: string; changed_at: string },
): Promise<void> {
  await db
    .insertInto('limit')
    .values({ scope, name, value, ...change })
    .onConflict(oc => oc.columns(['scope', 'name']).doUpdateSet({ value, ...change }))
    .execute()
}

export async function removeLimit(db: Db, { scope, name }: Pick<LimitRow, 'scope' | 'name'>): Promise<void> {
  await db.deleteFrom('limit').where('scope', '=', scope).where('name', '=', name).execute()
}
