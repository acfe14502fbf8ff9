import { randomUUID } from 'node:crypto'
import type { Db } from './connect.ts'

/** Who did what, when, to what and from where: keys of the actor and the place; `detail` says what exactly. */
export type AuditEntry = { at: string; actor: string; action: string; target: string; detail: unknown; origin: string }

/** Where a page begins: after the entry with this time and id. */
export type AuditCursor = { at: string; id: string }

/** Appends an entry, in the transaction of what it tells of. Nothing changes or removes one. */
export async function appendAudit(db: Db, { detail, ...entry }: AuditEntry): Promise<void> {
  await db
    .insertInto('audit')
    .values({ id: randomUUID(), ...entry, detail: JSON.stringify(detail) })
    .execute()
}

/** Entries, newest first; `next` is where the following page begins, null at the end. */
export async function listAudit(
  db: Db,
  { limit, after }: { limit: number; after?: AuditCursor | undefined },
): Promise<{ entries: (AuditEntry & { id: string })[]; next: AuditCursor | null }> {
  let query = db.selectFrom('audit').selectAll().orderBy('at', 'desc').orderBy('id', 'desc').limit(limit)
  if (after) query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('at', 'id'), '<', tuple(after.at, after.id)))
  const rows = await query.execute()
  const last = rows.length === limit ? rows.at(-1) : undefined
  return {
    entries: rows.map(row => ({ ...row, detail: row.detail === null ? null : (JSON.parse(row.detail) as unknown) })),
    next: last ? { at: last.at, id: last.id } : null,
  }
}
