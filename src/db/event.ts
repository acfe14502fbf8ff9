import type { EventBody, JobEvent } from '../job.ts'
import { type Db, groupsOf } from './connect.ts'

/** The shape of `body` that this program writes; a reader of older rows decides by it. */
const BODY_VERSION = 1

/** A log line before it has its number. */
export type NewEvent = EventBody & { at: string }

/**
 * Appends lines to a job's log with the next numbers and gives the last number. Call it in a transaction: the number
 * is read and used under the one write lock, which is why it has no gaps.
 */
export async function appendEvents(db: Db, job: string, attempt: number, events: NewEvent[]): Promise<number> {
  let seq = await lastSeq(db, job)
  const rows = events.map(({ at, kind, ...body }) => {
    seq += 1
    return { job, seq, attempt, at, kind, v: BODY_VERSION, body: encode(body) }
  })
  for (const group of groupsOf(rows)) await db.insertInto('event').values(group).execute()
  return seq
}

/** A body as JSON. A tool's input that nests too deeply to be written is left out: one line must not stop a log. */
function encode(body: Omit<EventBody, 'kind'>): string {
  try {
    return JSON.stringify(body)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return JSON.stringify({ ...body, input: undefined })
  }
}

/** The number of the newest line of a job, 0 when it has none. */
export async function lastSeq(db: Db, job: string): Promise<number> {
  const row = await db
    .selectFrom('event')
    .select('seq')
    .where('job', '=', job)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.seq ?? 0
}

/** Lines of a job after a number, in order, at most `limit`. */
export async function eventsAfter(db: Db, job: string, after: number, limit: number): Promise<JobEvent[]> {
  const rows = await db
    .selectFrom('event')
    .select(['seq', 'attempt', 'at', 'kind', 'body'])
    .where('job', '=', job)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(({ body, ...row }) => ({ ...row, ...(JSON.parse(body) as Omit<EventBody, 'kind'>) }))
}
