import { type ExpressionBuilder, sql } from 'kysely'
import { isFinal, JOB_STATUSES, type JobStatus } from '../job.ts'
import type { Db } from './connect.ts'
import { contains } from './contains.ts'
import { type JobRow, selectJobs } from './job.ts'
import type { Schema } from './schema.ts'

/** Where a page of jobs begins: after the job with this time, by which they are listed, and id. */
export type JobCursor = { at: string; id: string }

/** Which jobs; what is left out keeps all of them. */
export type JobFilter = {
  /** Only these. */
  ids?: readonly string[] | undefined
  place?: string | undefined
  /** True: those that are not final; false: those that are. */
  live?: boolean | undefined
  status?: JobStatus | undefined
  instruction?: string | undefined
  /** An actor's key or name. */
  user?: string | undefined
  /** A part of the title, the instruction's name or an output's path, or an id; upper and lower case alike. */
  q?: string | undefined
  /** Those with outputs of their latest attempt, by when these were made. */
  outputs?: boolean | undefined
  after?: JobCursor | undefined
  limit: number
}

/** Newest first; `next` is where the following page begins, null at the end. A page may be short and not the last. */
export type JobPage = { rows: JobRow[]; next: JobCursor | null }

/**
 * What no index finds is looked for among this many jobs at a time: the page is short then, and `next` goes on from
 * there, so that no search blocks the event loop for long, however many jobs there are.
 */
const WINDOW = 5000

/** A page of jobs. */
export async function listJobs(db: Db, filter: JobFilter): Promise<JobPage> {
  const size = isSearch(filter) ? WINDOW : filter.limit
  const window = keysOf(db, filter).limit(size)
  let query = selectJobs(db).where('job.id', 'in', eb => eb.selectFrom(window.as('window')).select('window.id'))
  if (isSearch(filter)) query = query.where(matches(filter))
  const rows = await query.orderBy(timeOf(filter), 'desc').orderBy('job.id', 'desc').limit(filter.limit).execute()
  const last = rows.length === filter.limit ? rows.at(-1) : await edgeOf(db, filter, size)
  return { rows, next: last ? cursorOf(filter, last) : null }
}

/** By what jobs are listed: the files of an attempt are there from its end. */
const timeOf = ({ outputs }: JobFilter) => (outputs ? 'job.finished_at' : 'job.created_at')

const cursorOf = ({ outputs }: JobFilter, job: Pick<JobRow, 'id' | 'created_at' | 'finished_at'>): JobCursor => ({
  at: (outputs && job.finished_at) || job.created_at,
  id: job.id,
})

/** The last job of a full window; undefined when there are fewer jobs than that. */
const edgeOf = (db: Db, filter: JobFilter, size: number) =>
  keysOf(db, filter)
    .limit(1)
    .offset(size - 1)
    .executeTakeFirst()

/** What an index finds, newest first. */
function keysOf(db: Db, filter: JobFilter) {
  const { ids, place, live, status, instruction, user, outputs, after } = filter
  const time = timeOf(filter)
  let query = db.selectFrom('job').select(['job.id', 'job.created_at', 'job.finished_at'])
  if (outputs) query = query.where('job.finished_at', 'is not', null)
  if (ids !== undefined) query = query.where('job.id', 'in', ids)
  if (place !== undefined) query = query.where('job.place', '=', place)
  if (live !== undefined)
    query = query.where(
      'job.status',
      'in',
      JOB_STATUSES.filter(status => isFinal(status) !== live),
    )
  if (status !== undefined) query = query.where('job.status', '=', status)
  if (instruction !== undefined) query = query.where('job.instruction', '=', instruction)
  if (user !== undefined && isKey(user)) query = query.where('job.actor', '=', user)
  if (after)
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple(time, 'job.id'), '<', tuple(after.at, after.id)))
  return query.orderBy(time, 'desc').orderBy('job.id', 'desc')
}

const isKey = (user: string): boolean => user.startsWith('user:')

const isSearch = ({ user, q, outputs }: JobFilter): boolean =>
  (user !== undefined && !isKey(user)) || q !== undefined || outputs === true

/** What has to be looked at one by one. */
const matches =
  ({ user, q, outputs }: JobFilter) =>
  (eb: ExpressionBuilder<Schema, 'job'>) =>
    eb.and([
      ...(user === undefined || isKey(user) ? [] : [eb('job.actor_name', '=', user)]),
      ...(outputs ? [eb.exists(pathsOf(eb))] : []),
      ...(q === undefined ? [] : [eb.or(placesOf(eb, q, outputs === true))]),
    ])

/** Where a text is looked for. */
const placesOf = (eb: ExpressionBuilder<Schema, 'job'>, q: string, outputs: boolean) => [
  eb('job.id', '=', q.toLowerCase()),
  contains(sql.ref('job.title'), q),
  contains(sql.ref('job.instruction'), q),
  ...(outputs ? [eb.exists(pathsOf(eb).where(contains(sql.ref('artifact.path'), q)))] : []),
]

/** The outputs of a job's latest attempt. */
const pathsOf = (eb: ExpressionBuilder<Schema, 'job'>) =>
  eb
    .selectFrom('artifact')
    .select('artifact.path')
    .whereRef('artifact.job', '=', 'job.id')
    .whereRef('artifact.attempt', '=', 'job.attempt')
