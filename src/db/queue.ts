import { sql } from 'kysely'
import type { Db } from './connect.ts'
import type { LaneTable } from './queue-tables.ts'
import type { JobTable } from './schema.ts'

/** What of a job decides where it stands in the queue. */
export type Queueable = Pick<JobTable, 'id' | 'actor' | 'place' | 'instruction' | 'priority'> & {
  /** How often it has started. */
  attempt?: number
}

/** The jobs that one actor wants of one instruction in one place, new ones or those that go on, by the one that stands first: its key and id. */
export type Lane = Omit<LaneTable, 'head_job'> & { headJob: string }

/** A job in its lane; smaller `head` (milliseconds) goes first, then the smaller id. */
export type LaneEntry = Pick<Lane, 'head' | 'headJob'>

/** A step of priority is worth this much waiting time, so that a job of low priority grows old and comes up by itself. */
const PRIORITY_MS = 5 * 60_000

/** The priority of what comes due by a schedule: it lets everybody's jobs go first, for half an hour. */
export const SCHEDULE_PRIORITY = -6

/** Where a job stands in the queue: its time, put forward by its priority. Before that time others go first. */
const orderKeyOf = (at: Date, priority: number): number => at.getTime() - priority * PRIORITY_MS

/** The end of lanes whose jobs have started before; no name of an instruction has it. */
const AGAIN = ' +'

const laneOf = ({ actor, place, instruction, attempt = 0 }: Queueable): string =>
  [actor, place, instruction].join(' ') + (attempt > 0 ? AGAIN : '')

/** True for the lane of jobs that have started before. */
export const goesOn = ({ lane }: Pick<Lane, 'lane'>): boolean => lane.endsWith(AGAIN)

/** Makes a job claimable that has waited since then; one row a job. Call it in a transaction. */
export async function enqueue(db: Db, job: Queueable, since: Date): Promise<void> {
  const { id, actor, place, instruction, priority } = job
  const lane = laneOf(job)
  const order_key = orderKeyOf(since, priority)
  await db.insertInto('queue').values({ job: id, lane, actor, order_key }).execute()
  await db
    .insertInto('lane')
    .values({ lane, actor, place, instruction, head: order_key, head_job: id })
    .onConflict(oc =>
      oc
        .column('lane')
        .doUpdateSet({ head: order_key, head_job: id })
        .where(sql<boolean>`(${order_key}, ${id}) < (lane.head, lane.head_job)`),
    )
    .execute()
}

/** Takes a job out of the queue; false when it was not there any more. Call it in a transaction. */
export async function dequeue(db: Db, job: string): Promise<boolean> {
  const gone = await db.deleteFrom('queue').where('job', '=', job).returning('lane').executeTakeFirst()
  if (!gone) return false
  const { lane } = gone
  const [first] = await inLane(db, lane, null, 1)
  if (first)
    await db.updateTable('lane').set({ head: first.head, head_job: first.headJob }).where('lane', '=', lane).execute()
  else await db.deleteFrom('lane').where('lane', '=', lane).execute()
  return true
}

/** Jobs of a lane in order, after one of them or from the first. */
export async function inLane(db: Db, lane: string, after: LaneEntry | null, limit: number): Promise<LaneEntry[]> {
  let query = db.selectFrom('queue').select(['order_key as head', 'job as headJob']).where('lane', '=', lane)
  if (after)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('order_key', 'job'), '>', tuple(after.head, after.headJob)),
    )
  return await query.orderBy('order_key').orderBy('job').limit(limit).execute()
}

type Scopes = Readonly<Record<'actor' | 'place' | 'instruction', readonly string[]>>

/** Keys of actors, places and instructions whose lanes are passed over; in `starts` (`all`: all) those of new jobs are. */
export type Closed = Scopes & { readonly starts?: Scopes & { readonly all: boolean } }

/** The lanes whose first jobs stand first, after one of those jobs or from the first; without what is closed. */
export async function lanesByHead(db: Db, closed: Closed, after: LaneEntry | null, limit: number): Promise<Lane[]> {
  let query = openLanes(db, closed)
  if (after)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('head', 'head_job'), '>', tuple(after.head, after.headJob)),
    )
  return await query.orderBy('head').orderBy('head_job').limit(limit).execute()
}

/** Every lane of these actors, without what is closed. */
export async function lanesOf(db: Db, actors: readonly string[], closed: Closed): Promise<Lane[]> {
  return actors.length === 0 ? [] : await openLanes(db, closed).where('actor', 'in', actors).execute()
}

function openLanes(db: Db, { starts, ...closed }: Closed) {
  let query = db.selectFrom('lane').select(['lane', 'actor', 'place', 'instruction', 'head', 'head_job as headJob'])
  for (const column of COLUMNS) if (closed[column].length > 0) query = query.where(column, 'not in', closed[column])
  if (starts?.all) return query.where('lane', 'like', `%${AGAIN}`)
  for (const column of COLUMNS) {
    const keys = starts?.[column] ?? []
    if (keys.length > 0) query = query.where(eb => eb.or([eb(column, 'not in', keys), eb('lane', 'like', `%${AGAIN}`)]))
  }
  return query
}

const COLUMNS = ['actor', 'place', 'instruction'] as const
