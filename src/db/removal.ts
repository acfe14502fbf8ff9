import { isFinal, JOB_STATUSES } from '../job.ts'
import { type Db, groupsOf } from './connect.ts'
import type { RemovalTable } from './schema.ts'

/** Something whose rows are gone and whose log lines or files may still be there: a job, a workspace, a session. */
export type Removal = RemovalTable

/** Where a page of threads begins: after the job with this time and id. */
export type ThreadCursor = { createdAt: string; id: string }

/** Conversations by their first jobs, the oldest first, and where the following page begins; null at the end. */
export async function oldestThreads(
  db: Db,
  { before, after, limit }: { before: string; after: ThreadCursor | null; limit: number },
): Promise<{ conversations: string[]; next: ThreadCursor | null }> {
  let query = db.selectFrom('job').select(['id', 'conversation', 'created_at']).where('created_at', '<', before)
  if (after)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '>', tuple(after.createdAt, after.id)),
    )
  const rows = await query
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('job as earlier')
            .select('earlier.id')
            .whereRef('earlier.conversation', '=', 'job.conversation')
            .where(({ eb, refTuple }) =>
              eb(refTuple('earlier.created_at', 'earlier.id'), '<', refTuple('job.created_at', 'job.id')),
            ),
        ),
      ),
    )
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  const last = rows.length === limit ? rows.at(-1) : undefined
  return {
    conversations: rows.map(({ conversation }) => conversation),
    next: last ? { createdAt: last.created_at, id: last.id } : null,
  }
}

/** What a conversation comes to: its jobs, its workspace, its session; null unless all its jobs ended before that time. */
export async function endedThread(db: Db, conversation: string, before: string): Promise<Removal[] | null> {
  const jobs = db.selectFrom('job').where('conversation', '=', conversation)
  const ended = JOB_STATUSES.filter(isFinal)
  const kept = await jobs
    .select('id')
    .where(({ eb, or }) =>
      or([eb('status', 'not in', ended), eb('finished_at', 'is', null), eb('finished_at', '>=', before)]),
    )
    .orderBy('created_at', 'desc') // the last one is the likeliest, and a thread may have thousands
    .limit(1)
    .executeTakeFirst()
  const owned = await db
    .selectFrom('conversation')
    .select(['workspace', 'session'])
    .where('id', '=', conversation)
    .executeTakeFirst()
  if (kept || !owned) return null
  return [
    ...(await jobs.select('id').execute()).map(({ id }) => ({ kind: 'job' as const, id })),
    { kind: 'workspace', id: owned.workspace },
    { kind: 'session', id: owned.session },
  ]
}

/**
 * Takes a conversation with all that it comes to out of the database, and notes what is to be removed after that: log
 * lines, which may be many, and files. Call it in a transaction, with what `endedThread` gave in the same one.
 */
export async function removeThread(db: Db, conversation: string, removals: readonly Removal[]): Promise<void> {
  for (const group of groupsOf(removals)) await db.insertInto('removal').values(group).execute()
  for (const { kind, id } of removals) if (kind === 'job') await removeJob(db, id)
  await db.deleteFrom('conversation').where('id', '=', conversation).execute()
  for (const { kind, id } of removals) if (kind !== 'job') await db.deleteFrom(kind).where('id', '=', id).execute()
}

async function removeJob(db: Db, id: string): Promise<void> {
  for (const table of ['artifact', 'attempt', 'question', 'feedback'] as const)
    await db.deleteFrom(table).where('job', '=', id).execute()
  // The keys of its posts begin with its id and a slash; "0" is the next character after that.
  await db.deleteFrom('delivery').where('key', '>=', `${id}/`).where('key', '<', `${id}0`).execute()
  await db.deleteFrom('job').where('id', '=', id).execute()
}

/** What is to be removed still. */
export async function pendingRemovals(db: Db): Promise<Removal[]> {
  return await db.selectFrom('removal').selectAll().execute()
}

/** Notes that nothing of it is left. */
export async function endRemoval(db: Db, { kind, id }: Removal): Promise<void> {
  await db.deleteFrom('removal').where('kind', '=', kind).where('id', '=', id).execute()
}
