import type { Db } from './connect.ts'
import type { JobRow } from './job.ts'

/**
 * How long jobs kept a process, in seconds by their ids, since they were last begun afresh. What they waited without one,
 * for a limit or an answer, is left out: it took no slot from anybody.
 */
export async function secondsAtWork(
  db: Db,
  jobs: readonly Pick<JobRow, 'id' | 'started_at'>[],
): Promise<Map<string, number>> {
  const ids = jobs.map(({ id }) => id)
  const attempts = await db
    .selectFrom('attempt')
    .select(['job', 'started_at', 'ended_at'])
    .where('job', 'in', ids)
    .execute()
  const seconds = new Map(ids.map(id => [id, 0]))
  const begun = new Map(jobs.map(job => [job.id, job.started_at ?? '']))
  for (const { job, started_at, ended_at } of attempts) {
    if (ended_at === null || started_at < (begun.get(job) ?? '')) continue // of a round before a retry
    seconds.set(job, (seconds.get(job) ?? 0) + Math.max(0, Date.parse(ended_at) - Date.parse(started_at)) / 1000)
  }
  return seconds
}

/** How long the last jobs of an instruction that succeeded were at work, in seconds. */
export async function recentDurations(db: Db, instruction: string, limit: number): Promise<number[]> {
  const jobs = await db
    .selectFrom('job')
    .select(['id', 'started_at'])
    .where('instruction', '=', instruction)
    .where('finished_at', 'is not', null)
    .where('status', '=', 'succeeded')
    .orderBy('finished_at', 'desc')
    .limit(limit)
    .execute()
  return [...(await secondsAtWork(db, jobs)).values()]
}
