import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { appendEvents } from '../db/event.ts'
import { askToCancel, findJob, moveJob } from '../db/job.ts'
import { dequeue } from '../db/queue.ts'
import { UserError } from '../errors.ts'
import { isFinal } from '../job.ts'
import type { Running } from './running.ts'
import type { Wakeup } from './wakeup.ts'

/**
 * Cancels a job for a person. The wish is stored first; then a queued job ends at once, and a running one's attempt
 * is told and ends soon after. Throws a UserError for an unknown job and for one that has ended.
 */
export async function cancelJob(
  deps: { db: Db; commit: Commit; clock: Clock; wakeup: Wakeup; running: Running },
  id: string,
  by: string,
): Promise<void> {
  await askToCancel(deps.db, id, by)
  const job = await findJob(deps.db, id)
  if (!job) throw new UserError(`There is no job \`${id}\`.`)
  if (isFinal(job.status))
    throw new UserError(`Job \`${id}\` has ended already (${job.status}); nothing was changed.`, { kind: 'conflict' })
  const asker = job.cancelled_by ?? by
  if (job.status === 'queued' && (await cancelQueued(deps, id, job.attempt, asker))) return
  deps.running.end(id, { kind: 'cancelled', by: asker })
}

/** False when the job was claimed in between. */
async function cancelQueued(
  { commit, clock, wakeup }: { commit: Commit; clock: Clock; wakeup: Wakeup },
  id: string,
  attempt: number,
  by: string,
): Promise<boolean> {
  const at = clock.now().toISOString()
  const text = `cancelled by ${by}`
  const cancelled = await commit(async trx => {
    if (!(await moveJob(trx, id, 'queued', 'cancelled', { message: text, finished_at: at }))) return false
    await dequeue(trx, id)
    await appendEvents(trx, id, attempt, [{ kind: 'status', status: 'cancelled', text, at }])
    return true
  })
  if (cancelled) wakeup.notify(id)
  return cancelled
}
