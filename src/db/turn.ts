import { isFinal, JOB_STATUSES } from '../job.ts'
import type { Db } from './connect.ts'
import { enqueue } from './queue.ts'

/**
 * The jobs of a conversation run one after the other, since they share a session and a workspace: at most one of those
 * that have not ended stands in the queue or goes on, and the others are held with this reason and have no row there.
 */
export const BEHIND = 'behind'

const LIVE = JOB_STATUSES.filter(status => !isFinal(status))

/** True when a job may not start now: another one of the conversation has not ended, or somebody holds it. */
export async function mustWait(db: Db, conversation: string): Promise<boolean> {
  if (await isHeld(db, conversation)) return true
  return (await liveJobs(db, conversation)).length > 0
}

/** Gives the next job of the conversation its place in the queue, unless one goes on or somebody holds it. */
export async function releaseNext(db: Db, conversation: string): Promise<void> {
  const live = await liveJobs(db, conversation)
  const [next] = live
  if (!next || live.some(({ hold_reason }) => hold_reason !== BEHIND) || (await isHeld(db, conversation))) return
  await db.updateTable('job').set({ hold_reason: null, said_into: null }).where('id', '=', next.id).execute()
  await enqueue(db, next, new Date(next.created_at))
}

/** How many jobs of its conversation have to end before this one starts. */
export async function jobsBefore(db: Db, { id, conversation }: { id: string; conversation: string }): Promise<number> {
  return Math.max(
    0,
    (await liveJobs(db, conversation)).findIndex(job => job.id === id),
  )
}

/** The last job of a conversation that can be gone on from; null when the conversation was removed. */
export async function lastJob(db: Db, conversation: string): Promise<{ id: string; round: number } | null> {
  const jobs = db.selectFrom('job').select(['id', 'round']).where('conversation', '=', conversation)
  // A reply that a running turn has heard has done nothing of its own.
  return (await jobs.where('said_into', 'is', null).orderBy('turn', 'desc').limit(1).executeTakeFirst()) ?? null
}

/** The turn of the next job of a conversation. */
export async function nextTurn(db: Db, conversation: string): Promise<number> {
  const jobs = db
    .selectFrom('job')
    .select(eb => eb.fn.max('turn').as('last'))
    .where('conversation', '=', conversation)
  return ((await jobs.executeTakeFirst())?.last ?? 0) + 1
}

/**
 * Puts a job that waits behind another one before all others that do, which keep their order; false when it does not
 * wait any more.
 */
export async function comeNext(db: Db, { id, conversation }: { id: string; conversation: string }): Promise<boolean> {
  const isWaiting = (job: { hold_reason: string | null; said_into: string | null }) =>
    job.hold_reason === BEHIND && job.said_into === null
  const waiting = (await liveJobs(db, conversation)).filter(isWaiting)
  const [first] = waiting
  const chosen = waiting.find(job => job.id === id)
  if (!first || !chosen) return false
  await db
    .updateTable('job')
    .set(eb => ({ turn: eb('turn', '+', 1) }))
    .where('conversation', '=', conversation)
    .where('turn', '>=', first.turn)
    .where('turn', '<', chosen.turn)
    .execute()
  await db.updateTable('job').set({ turn: first.turn }).where('id', '=', id).execute()
  return true
}

/**
 * Gives a reply that waits to the job that is to hear it now, or with null takes it back; false when it does not wait
 * any more, or was given to one already.
 */
export async function giveTo(db: Db, reply: string, hearer: string | null): Promise<boolean> {
  const result = await db
    .updateTable('job')
    .set({ said_into: hearer })
    .where('id', '=', reply)
    .where('status', '=', 'queued')
    .where('hold_reason', '=', BEHIND)
    .where('said_into', hearer === null ? 'is not' : 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** The job of a conversation that goes on or is next; null when all have ended or are held. */
export async function activeJob(db: Db, conversation: string): Promise<string | null> {
  const live = await liveJobs(db, conversation)
  return live.find(({ hold_reason }) => hold_reason !== BEHIND)?.id ?? null
}

/** Those that have not ended, in their order. */
async function liveJobs(db: Db, conversation: string) {
  return await db
    .selectFrom('job')
    .select(['id', 'actor', 'place', 'instruction', 'priority', 'hold_reason', 'created_at', 'turn', 'said_into'])
    .where('conversation', '=', conversation)
    .where('status', 'in', LIVE)
    .orderBy('turn')
    .execute()
}

async function isHeld(db: Db, conversation: string): Promise<boolean> {
  const row = await db.selectFrom('conversation').select('held_by').where('id', '=', conversation).executeTakeFirst()
  return row?.held_by != null
}
