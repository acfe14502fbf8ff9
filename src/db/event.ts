import { sql } from 'kysely'
import { type EventBody, isFinal, type JobEvent } from '../job.ts'
import type { Db } from './connect.ts'
import type { EventTable } from './schema.ts'

/** The shape of `body` that this program writes; a reader of older rows decides by it. */
const BODY_VERSION = 1

/** A log line before it has its number. */
export type NewEvent = EventBody & { at: string }

/**
 * Appends lines to a job's log with the next numbers and gives the last number. Call it in a transaction: the number
 * is read and used under the one write lock, which is why it has no gaps.
 */
export async function appendEvents(db: Db, job: string, attempt: number, events: NewEvent[]): Promise<number> {
  const last = await lastSeq(db, job)
  const rows = JSON.stringify(events.map(({ at, kind, ...body }) => [at, kind, JSON.stringify(body)]))
  await sql`
    insert into event (job, seq, attempt, at, kind, v, body)
    select ${job}, ${last} + 1 + key, ${attempt}, value ->> 0, value ->> 1, ${BODY_VERSION}, value ->> 2
    from json_each(${rows})`.execute(db)
  return last + events.length
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

/** The last line of a job's round before this one: of those of a final status the newest that another one follows. */
export async function roundStart(db: Db, job: string): Promise<number> {
  const rows = await db
    .selectFrom('event')
    .select(['seq', 'body'])
    .where('job', '=', job)
    .where('kind', '=', 'status')
    .orderBy('seq', 'desc')
    .execute()
  const statuses = rows.map(({ seq, body }) => ({ seq, status: (JSON.parse(body) as EventBody).status }))
  const isEnd = ({ status }: { status?: EventBody['status'] }) => status !== undefined && isFinal(status)
  return statuses.find((line, i) => i > 0 && isEnd(line))?.seq ?? 0
}

/** The number of the attempt whose agent said the newest line; 0 when none has said anything. */
export async function lastHeardAttempt(db: Db, job: string): Promise<number> {
  const row = await db
    .selectFrom('event')
    .select('attempt')
    .where('job', '=', job)
    .where('kind', '<>', 'status')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.attempt ?? 0
}

/** What people said into the running turns of a job since one of its attempts: answers to no question. */
export async function saidInto(db: Db, job: string, attempt: number): Promise<string[]> {
  const rows = await db
    .selectFrom('event')
    .select('body')
    .where('job', '=', job)
    .where('attempt', '>=', attempt)
    .where('kind', '=', 'answer')
    .orderBy('seq')
    .execute()
  const bodies = rows.map(({ body }) => JSON.parse(body) as Omit<EventBody, 'kind'>)
  return bodies.filter(({ id }) => id === undefined).map(({ text }) => text)
}

/**
 * Lines of a job after a number, in order: at most `limit` of them, and no more than come to `bytes`, but one at least
 * where there is one.
 */
export async function eventsAfter(
  db: Db,
  job: string,
  after: number,
  limit: number,
  bytes = Number.POSITIVE_INFINITY,
): Promise<JobEvent[]> {
  const lines = db.selectFrom('event').where('job', '=', job).where('seq', '>', after).orderBy('seq')
  const last = lastWithin(await lines.select(SIZE).limit(limit).execute(), bytes)
  if (last === undefined) return []
  return (await lines.select(COLUMNS).where('seq', '<=', last).execute()).map(eventOf)
}

/** The last lines of a job before a number, in order and within the same bounds. */
export async function eventsBefore(
  db: Db,
  job: string,
  before: number,
  limit: number,
  bytes = Number.POSITIVE_INFINITY,
): Promise<JobEvent[]> {
  const lines = db.selectFrom('event').where('job', '=', job).where('seq', '<', before).orderBy('seq', 'desc')
  const first = lastWithin(await lines.select(SIZE).limit(limit).execute(), bytes)
  if (first === undefined) return []
  return (await lines.select(COLUMNS).where('seq', '>=', first).execute()).reverse().map(eventOf)
}

/** How many bytes the lines come to that a job has left since one of its attempts. */
export async function bytesSince(db: Db, job: string, attempt: number): Promise<number> {
  const { bytes } = await db
    .selectFrom('event')
    .select(sql<number | null>`sum(octet_length(body))`.as('bytes'))
    .where('job', '=', job)
    .where('attempt', '>=', attempt)
    .executeTakeFirstOrThrow()
  return bytes ?? 0
}

/** The last lines of one attempt of a job, in order. */
export async function eventsOfAttempt(db: Db, job: string, attempt: number, limit: number): Promise<JobEvent[]> {
  const lines = db.selectFrom('event').where('job', '=', job).where('attempt', '=', attempt)
  return (await lines.select(COLUMNS).orderBy('seq', 'desc').limit(limit).execute()).reverse().map(eventOf)
}

// Of a row's length the database reads no more than its head; the rows themselves may be a megabyte each.
const SIZE = ['seq' as const, sql<number>`octet_length(body)`.as('bytes')] as const
const COLUMNS = ['seq', 'attempt', 'at', 'kind', 'body'] as const

const eventOf = ({ body, ...row }: Pick<EventTable, (typeof COLUMNS)[number]>): JobEvent => ({
  ...row,
  ...(JSON.parse(body) as Omit<EventBody, 'kind'>),
})

/** How much of a log one transaction removes: lines, and bytes of them. */
const DROPPED_LINES = 500
const DROPPED_BYTES = 2_000_000

/** Removes the first lines that are left of a job's log, as many as a short transaction takes; false when none was. */
export async function dropEvents(db: Db, job: string): Promise<boolean> {
  const lines = db.selectFrom('event').where('job', '=', job).orderBy('seq')
  const last = lastWithin(await lines.select(SIZE).limit(DROPPED_LINES).execute(), DROPPED_BYTES)
  if (last === undefined) return false
  await db.deleteFrom('event').where('job', '=', job).where('seq', '<=', last).execute()
  return true
}

/** The number of the last line that still fits; the first always does. */
function lastWithin(sizes: readonly { seq: number; bytes: number }[], bytes: number): number | undefined {
  let last = sizes[0]?.seq
  let sum = 0
  for (const size of sizes) {
    sum += size.bytes
    if (sum > bytes) break
    last = size.seq
  }
  return last
}
