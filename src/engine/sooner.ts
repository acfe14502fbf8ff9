import { hasOpenAttempt } from '../db/attempt.ts'
import type { Db } from '../db/connect.ts'
import type { JobRow } from '../db/job.ts'
import { activeJob, BEHIND } from '../db/turn.ts'

/** How a reply comes before its turn: said into the turn of the job that runs, or in its stead. */
export type Sooner = 'now' | 'instead'

/** How a job may come before its turn as it stands; none unless it is a reply that waits behind another job. */
export async function waysSooner(db: Db, job: JobRow): Promise<Sooner[]> {
  if (job.hold_reason !== BEHIND || job.reply === null || job.held_by !== null) return []
  const active = hasFiles(job) ? null : await activeJob(db, job.conversation)
  // One that is queued itself, or parked at a question, has no process that could hear it.
  return active !== null && (await hasOpenAttempt(db, active)) ? ['now', 'instead'] : ['instead']
}

/** True for a reply with files, which cannot be said into a turn. */
export const hasFiles = ({ inputs }: Pick<JobRow, 'inputs'>): boolean => inputs !== '{}'
