import type { Insertable, Selectable, Updateable } from 'kysely'
import { canMove, canReopen, isFinal, JOB_STATUSES, type JobStatus } from '../job.ts'
import { type Db, groupsOf } from './connect.ts'
import type { JobTable } from './schema.ts'
import { releaseNext } from './turn.ts'

/** A job as it is stored, with where its thread stands and who holds that. */
export type JobRow = Selectable<JobTable> & {
  ref: string | null
  workspace: string
  session: string
  held_by: string | null
}

/** What is known of a job when it is made. */
export type NewJob = Pick<
  JobTable,
  | 'id'
  | 'conversation'
  | 'parent'
  | 'actor'
  | 'actor_name'
  | 'place'
  | 'origin'
  | 'instruction'
  | 'instruction_sha'
  | 'title'
  | 'inputs'
  | 'priority'
  | 'cause'
  | 'created_at'
> &
  Partial<Pick<Insertable<JobTable>, 'hold_reason' | 'hold_until' | 'reply' | 'turn'>>

/** Makes a queued job; a taken id throws. */
export async function insertJob(db: Db, job: NewJob): Promise<void> {
  await db
    .insertInto('job')
    .values({ ...job, status: 'queued' })
    .execute()
}

/** What a move may set besides the status. */
export type MoveChange = Pick<
  Updateable<JobTable>,
  | 'attempt'
  | 'cause'
  | 'failure'
  | 'message'
  | 'result'
  | 'cost_usd'
  | 'usage'
  | 'started_at'
  | 'finished_at'
  | 'said_into'
>

/**
 * The writer of a job's status: moves it if it still has the status that the caller saw. False means that someone was
 * faster, which is no error. A move that the table of moves does not know is a bug and throws. The end of a job gives
 * the next one of its conversation its place in the queue.
 */
export async function moveJob(
  db: Db,
  id: string,
  from: JobStatus,
  to: JobStatus,
  change: MoveChange = {},
): Promise<boolean> {
  if (!canMove(from, to)) throw new Error(`job ${id}: no move from ${from} to ${to}`)
  const moved = await db
    .updateTable('job')
    .set({ ...change, status: to })
    .where('id', '=', id)
    .where('status', '=', from)
    .returning('conversation')
    .executeTakeFirst()
  if (moved && isFinal(to)) await releaseNext(db, moved.conversation)
  return moved !== undefined
}

const NO_HOLD = { hold_reason: null, hold_until: null }

/**
 * Takes a job that has ended without success back to `queued`, for a person, as it was before its first attempt of a new
 * round; the other writer of a status. False when it has another status by now.
 */
export async function reopenJob(
  db: Db,
  id: string,
  change: Pick<Updateable<JobTable>, 'cause' | 'instruction_sha' | 'inputs' | 'hold_reason'>,
): Promise<boolean> {
  const ends = { failure: null, message: null, result: null, cancelled_by: null, started_at: null, finished_at: null }
  const anew = { ...ends, ...NO_HOLD } // or it would be queued once more at the time that it was held until
  const result = await db
    .updateTable('job')
    .set(eb => ({ ...anew, ...change, status: 'queued' as const, round: eb('round', '+', 1) }))
    .where('id', '=', id)
    .where('status', 'in', JOB_STATUSES.filter(canReopen))
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Keeps what a job has used by now. */
export async function setUsed(db: Db, id: string, used: Pick<MoveChange, 'cost_usd' | 'usage'>): Promise<void> {
  await db.updateTable('job').set(used).where('id', '=', id).execute()
}

/** Notes who asked to cancel a running job, so that the wish outlives this process; the first one stands. */
export async function askToCancel(db: Db, id: string, by: string): Promise<boolean> {
  const result = await db
    .updateTable('job')
    .set({ cancelled_by: by })
    .where('id', '=', id)
    .where('cancelled_by', 'is', null)
    .where('status', 'in', ['queued', 'running', 'waiting'])
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** A job with its conversation's thread, workspace and session; null when there is none. */
export async function findJob(db: Db, id: string): Promise<JobRow | null> {
  return (await selectJobs(db).where('job.id', '=', id).executeTakeFirst()) ?? null
}

/** The jobs of a conversation in their order. */
export async function jobsOfConversation(db: Db, conversation: string): Promise<JobRow[]> {
  const jobs = selectJobs(db).where('job.conversation', '=', conversation)
  return await jobs.orderBy('job.turn').execute()
}

/** Which of these ids a job has. */
export async function existingJobs(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (const group of groupsOf(ids))
    for (const { id } of await db.selectFrom('job').select('id').where('id', 'in', group).execute()) found.add(id)
  return found
}

/** Queued jobs that were held until a time that has come. */
export async function dueJobs(db: Db, now: string, limit: number): Promise<JobRow[]> {
  return await selectJobs(db)
    .where('job.hold_until', '<=', now)
    .where('job.status', '=', 'queued')
    .orderBy('job.hold_until')
    .limit(limit)
    .execute()
}

/** Ends the hold of a job. */
export async function endHold(db: Db, id: string): Promise<void> {
  await db.updateTable('job').set(NO_HOLD).where('id', '=', id).execute()
}

/** How many jobs have a status now. */
export async function countJobs(db: Db, status: JobStatus): Promise<number> {
  const row = await db
    .selectFrom('job')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('status', '=', status)
    .executeTakeFirstOrThrow()
  return row.count
}

/** How many queued jobs a scope has, counted up to `enough`: a key of an actor or a place, `instruction:…`, or `global`. */
export async function queuedIn(db: Db, scope: string, enough = Number.MAX_SAFE_INTEGER): Promise<number> {
  let jobs = db.selectFrom('job').select('id').where('status', '=', 'queued').limit(enough)
  if (scope.startsWith('instruction:')) jobs = jobs.where('instruction', '=', scope.slice('instruction:'.length))
  else if (scope !== 'global') jobs = jobs.where(eb => eb.or([eb('actor', '=', scope), eb('place', '=', scope)]))
  const counted = db.selectFrom(jobs.as('queued')).select(eb => eb.fn.countAll<number>().as('count'))
  return (await counted.executeTakeFirstOrThrow()).count
}

/** Jobs as they are read everywhere; the caller says which. */
export const selectJobs = (db: Db) =>
  db
    .selectFrom('job')
    .innerJoin('conversation', 'conversation.id', 'job.conversation')
    .selectAll('job')
    .select(['conversation.ref', 'conversation.workspace', 'conversation.session', 'conversation.held_by'])
