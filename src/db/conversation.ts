import type { Selectable } from 'kysely'
import type { Db } from './connect.ts'
import type { ConversationTable } from './schema.ts'

export type ConversationRow = Selectable<ConversationTable>

/** Where a page of conversations begins: after the one with this time and id. */
export type ConversationCursor = { createdAt: string; id: string }

/** Where an agent works and what it remembers: a workspace and a session of one id. */
export type NewFolders = { id: string; host: string; workspaceUri: string; agent: string; sessionStore: string }

/** A new thread with the workspace and the session that its jobs share. */
export type NewConversation = NewFolders & { place: string; ref: string | null; at: string }

/** Makes the conversation, its workspace and its session; call it inside the transaction that makes the job. */
export async function insertConversation(db: Db, { id, place, ref, at, ...folders }: NewConversation): Promise<void> {
  await insertFolders(db, { id, ...folders })
  await db.insertInto('conversation').values({ id, place, ref, workspace: id, session: id, created_at: at }).execute()
}

async function insertFolders(db: Db, { id, host, workspaceUri, agent, sessionStore }: NewFolders): Promise<void> {
  await db.insertInto('workspace').values({ id, kind: 'folder', host, uri: workspaceUri, state: 'ready' }).execute()
  await db.insertInto('session').values({ id, agent, native_id: null, store: sessionStore }).execute()
}

/**
 * Gives a conversation a new workspace and a new session, and notes that the old ones are to be removed. Call it in a
 * transaction, while no job of it runs.
 */
export async function renewFolders(db: Db, conversation: string, fresh: NewFolders): Promise<void> {
  const own = db.selectFrom('conversation').select(['workspace', 'session']).where('id', '=', conversation)
  const old = await own.executeTakeFirstOrThrow()
  await insertFolders(db, fresh)
  const { id } = fresh
  await db.updateTable('conversation').set({ workspace: id, session: id }).where('id', '=', conversation).execute()
  for (const kind of ['workspace', 'session'] as const) {
    await db.deleteFrom(kind).where('id', '=', old[kind]).execute()
    await db.insertInto('removal').values({ kind, id: old[kind] }).execute()
  }
}

/** Keeps the agent's own id of a session, by which a later attempt resumes it. */
export async function setNativeSession(db: Db, session: string, nativeId: string): Promise<void> {
  await db.updateTable('session').set({ native_id: nativeId }).where('id', '=', session).execute()
}

/** The agent's own id of a session, or null when it has none yet. */
export async function findNativeSession(db: Db, session: string): Promise<string | null> {
  const row = await db.selectFrom('session').select('native_id').where('id', '=', session).executeTakeFirst()
  return row?.native_id ?? null
}

/** Notes where the thread of a conversation stands, when that is known; the first address stands. */
export async function setRef(db: Db, id: string, ref: string): Promise<void> {
  await db.updateTable('conversation').set({ ref }).where('id', '=', id).where('ref', 'is', null).execute()
}

/** Says who holds a conversation, or with null that nobody does; false when that is so already. */
export async function holdConversation(db: Db, id: string, by: string | null): Promise<boolean> {
  const result = await db
    .updateTable('conversation')
    .set({ held_by: by })
    .where('id', '=', id)
    .where('held_by', by === null ? 'is not' : 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** The conversation that was last begun in a thread; null when there is none. */
export async function findThread(db: Db, place: string, ref: string): Promise<string | null> {
  const row = await db
    .selectFrom('conversation')
    .select('id')
    .where('place', '=', place)
    .where('ref', '=', ref)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

export async function findConversation(db: Db, id: string): Promise<ConversationRow | null> {
  return (await db.selectFrom('conversation').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Conversations, newest first; `next` is where the following page begins, null at the end. */
export async function listConversations(
  db: Db,
  { after, limit }: { after?: ConversationCursor | undefined; limit: number },
): Promise<{ rows: ConversationRow[]; next: ConversationCursor | null }> {
  let query = db.selectFrom('conversation').selectAll()
  if (after)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(after.createdAt, after.id)),
    )
  const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
  const last = rows.length === limit ? rows.at(-1) : undefined
  return { rows, next: last ? { createdAt: last.created_at, id: last.id } : null }
}
