import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Person } from '../job.ts'
import type { Db } from './connect.ts'
import { contains } from './contains.ts'

/** Who did what, when, to what and from where: keys of the actor and the place; `detail` says what exactly. */
export type AuditEntry = { at: string; actor: string; action: string; target: string; detail: unknown; origin: string }

/** Where a page begins: after the entry with this time and id. */
export type AuditCursor = { at: string; id: string }

/** Appends what a person did, in the transaction of what it tells of. Nothing changes or removes an entry. */
export async function appendAudit(
  db: Db,
  { actor, place }: Pick<Person, 'actor' | 'place'>,
  { detail, ...entry }: Omit<AuditEntry, 'actor' | 'origin'>,
): Promise<void> {
  await db
    .insertInto('audit')
    .values({ id: randomUUID(), ...entry, actor, origin: place, detail: JSON.stringify(detail) })
    .execute()
}

/** Which entries; what is left out keeps all of them. */
export type AuditFilter = {
  actor?: string | undefined
  action?: string | undefined
  /** A part of who, to what, or what exactly; upper and lower case alike. */
  q?: string | undefined
  after?: AuditCursor | undefined
  limit: number
}

/** Entries, newest first; `next` is where the following page begins, null at the end. */
export async function listAudit(
  db: Db,
  { actor, action, q, after, limit }: AuditFilter,
): Promise<{ entries: (AuditEntry & { id: string })[]; next: AuditCursor | null }> {
  let query = db.selectFrom('audit').selectAll().orderBy('at', 'desc').orderBy('id', 'desc').limit(limit)
  if (actor !== undefined) query = query.where('actor', '=', actor)
  if (action !== undefined) query = query.where('action', '=', action)
  if (q !== undefined)
    query = query.where(eb => eb.or(['actor', 'target', 'detail'].map(column => contains(sql.ref(column), q))))
  if (after) query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('at', 'id'), '<', tuple(after.at, after.id)))
  const rows = await query.execute()
  const last = rows.length === limit ? rows.at(-1) : undefined
  return {
    entries: rows.map(row => ({ ...row, detail: row.detail === null ? null : (JSON.parse(row.detail) as unknown) })),
    next: last ? { at: last.at, id: last.id } : null,
  }
}

/** Every action that there is an entry of. */
export async function auditActions(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('audit').select('action').distinct().orderBy('action').execute()
  return rows.map(({ action }) => action)
}
