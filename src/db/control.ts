import type { Db } from './connect.ts'

/** Keeps what a control stands for, as JSON; an id that is known keeps what it had, and counts as kept just now. */
export async function keepControl(db: Db, { id, body, at }: { id: string; body: unknown; at: string }): Promise<void> {
  await db
    .insertInto('control')
    .values({ id, body: JSON.stringify(body), created_at: at })
    .onConflict(oc => oc.column('id').doUpdateSet({ created_at: at }))
    .execute()
}

/** What a control stands for; null when nothing is kept under this id. */
export async function readControl(db: Db, id: string): Promise<unknown> {
  const row = await db.selectFrom('control').select('body').where('id', '=', id).executeTakeFirst()
  return row ? (JSON.parse(row.body) as unknown) : null
}

/** How many controls one transaction forgets. */
const DROPPED = 500

/** Forgets some of the controls that were kept before a time; false when there was none. */
export async function dropControls(db: Db, before: string): Promise<boolean> {
  const result = await db
    .deleteFrom('control')
    .where('id', 'in', db.selectFrom('control').select('id').where('created_at', '<', before).limit(DROPPED))
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
