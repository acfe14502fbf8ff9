import type { Db } from './connect.ts'

/** A new thread with the workspace and the session that its jobs share. */
export type NewConversation = {
  id: string
  place: string
  ref: string | null
  host: string
  workspaceUri: string
  agent: string
  sessionStore: string
  at: string
}

/** Makes the conversation, its workspace and its session; call it inside the transaction that makes the job. */
export async function insertConversation(db: Db, c: NewConversation): Promise<void> {
  const { id } = c
  await db
    .insertInto('workspace')
    .values({ id, kind: 'folder', host: c.host, uri: c.workspaceUri, state: 'ready' })
    .execute()
  await db.insertInto('session').values({ id, agent: c.agent, native_id: null, store: c.sessionStore }).execute()
  await db
    .insertInto('conversation')
    .values({ id, place: c.place, ref: c.ref, workspace: id, session: id, created_at: c.at })
    .execute()
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
