import type { JobStatus } from '../job.ts'
import type { AttemptKey } from './attempt.ts'
import type { Db } from './connect.ts'

/** A job that has a process, by its scopes, and what is set aside for its attempt. */
export type OpenJob = AttemptKey & {
  actor: string
  place: string
  instruction: string
  status: JobStatus
  reserved: number | null
  costUsd: number
  startedAt: string
}

/** Every job that has a process, whoever its owner is. */
export async function openJobs(db: Db): Promise<OpenJob[]> {
  return await db
    .selectFrom('attempt')
    .innerJoin('job', 'job.id', 'attempt.job')
    .select([
      'attempt.job',
      'attempt.n',
      'attempt.reserved',
      'attempt.cost_usd as costUsd',
      'attempt.started_at as startedAt',
    ])
    .select(['job.actor', 'job.place', 'job.instruction', 'job.status'])
    .where('attempt.ended_at', 'is', null)
    .execute()
}

/** Stores what budgets have set aside for the attempt. */
export async function setReserved(db: Db, { job, n }: AttemptKey, reserved: number | null): Promise<void> {
  await db.updateTable('attempt').set({ reserved }).where('job', '=', job).where('n', '=', n).execute()
}
