import type { Db } from './connect.ts'

/** Keeps what a control stands for, as JSON; the same id keeps what it had. */
export async function keepControl(db: Db, { id, body, at }: { id: string; body: unknown; at: string }): Promise<void> {
  await db
    .insertInto('control')
    .values({ id, body: JSON.stringify(body), created_at: at })
    .onConflict(oc => oc.column('id').doNothing())
    .execute()
}

/** What a control stands for; null when nothing was kept under this id. */
export async function readControl(db: Db, id: string): Promise<unknown> {
  const row = await db.selectFrom('control').select('body').where('id', '=', id).executeTakeFirst()
  return row ? (JSON.parse(row.body) as unknown) : null
}
