import type { Db } from './connect.ts'

/** A place in the queue; smaller `orderKey` (milliseconds) is claimed first, then the smaller job id. */
export type QueueEntry = { job: string; lane: string; actor: string; orderKey: number }

/** A step of priority is worth this much waiting time, so that a job of low priority grows old and comes up by itself. */
const PRIORITY_MS = 5 * 60_000

/** Where a job stands in the queue: its time, put forward by its priority. */
export const orderKeyOf = (at: Date, priority: number): number => at.getTime() - priority * PRIORITY_MS

/** Makes a job claimable; one row a job. */
export async function enqueue(db: Db, entry: QueueEntry): Promise<void> {
  await db
    .insertInto('queue')
    .values({ job: entry.job, lane: entry.lane, actor: entry.actor, order_key: entry.orderKey })
    .execute()
}

/** The next jobs in order, at most `count`; they stay in the queue until `dequeue` takes them. */
export async function nextInQueue(db: Db, count: number): Promise<string[]> {
  const rows = await db.selectFrom('queue').select('job').orderBy('order_key').orderBy('job').limit(count).execute()
  return rows.map(row => row.job)
}

/** Takes a job out of the queue; false when it was not there any more. */
export async function dequeue(db: Db, job: string): Promise<boolean> {
  const result = await db.deleteFrom('queue').where('job', '=', job).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** How many jobs are claimed before this one, or null when it is not in the queue. */
export async function jobsAhead(db: Db, job: string): Promise<number | null> {
  const own = await db.selectFrom('queue').select('order_key').where('job', '=', job).executeTakeFirst()
  if (!own) return null
  const ahead = await db
    .selectFrom('queue')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where(eb =>
      eb.or([eb('order_key', '<', own.order_key), eb.and([eb('order_key', '=', own.order_key), eb('job', '<', job)])]),
    )
    .executeTakeFirstOrThrow()
  return ahead.count
}
