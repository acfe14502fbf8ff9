import type { AttemptCause } from '../job.ts'
import type { Db } from './connect.ts'

/** An attempt as people see it; times are ISO 8601 UTC. */
export type AttemptRow = {
  job: string
  n: number
  cause: AttemptCause
  /** What it came to, and a sentence about that; null while it goes on. */
  outcome: string | null
  message: string | null
  costUsd: number
  startedAt: string
  endedAt: string | null
}

/** The newest attempts of a job, newest first. */
export async function attemptsOf(db: Db, job: string, limit: number): Promise<AttemptRow[]> {
  const attempts = db
    .selectFrom('attempt')
    .select(['job', 'n', 'cause', 'outcome', 'message', 'cost_usd as costUsd'])
    .select(['started_at as startedAt', 'ended_at as endedAt'])
    .where('job', '=', job)
  return await attempts.orderBy('n', 'desc').limit(limit).execute()
}
