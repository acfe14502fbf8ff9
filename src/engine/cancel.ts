import type { Clock } from '../clock.ts'
import { hasOpenAttempt } from '../db/attempt.ts'
import { appendAudit } from '../db/audit.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { appendEvents } from '../db/event.ts'
import { askToCancel, findJob, type JobRow, moveJob } from '../db/job.ts'
import { withdrawQuestions } from '../db/question.ts'
import { dequeue } from '../db/queue.ts'
import { UserError } from '../errors.ts'
import { isFinal, type Person } from '../job.ts'
import { noSuchJob } from './readable-job.ts'
import type { Running } from './running.ts'
import type { Wakeup } from './wakeup.ts'

export type CancelDeps = { db: Db; commit: Commit; clock: Clock; wakeup: Wakeup; running: Running }

/**
 * Cancels a job for a person. The wish is stored first; then a job without a process ends at once, and a running one's
 * attempt is told and ends soon after. Throws a UserError for an unknown job and for one that has ended. `heardBy`: the
 * job that has heard it meanwhile, where it is a reply that had not begun.
 */
export async function cancelJob(deps: CancelDeps, id: string, by: Person, heardBy?: string): Promise<void> {
  await deps.commit(async trx => {
    if (!(await askToCancel(trx, id, by.actorName))) return
    const at = deps.clock.now().toISOString()
    await appendAudit(trx, by, { at, action: 'cancel', target: `job:${id}`, detail: null })
  })
  const job = await findJob(deps.db, id)
  if (!job) throw noSuchJob(id)
  if (isFinal(job.status))
    throw new UserError(`Job \`${id}\` has ended already (${job.status}); nothing was changed.`, { kind: 'conflict' })
  const asker = job.cancelled_by ?? by.actorName
  if (await cancelIdle(deps, job, asker, heardBy)) return
  deps.running.end(id, { kind: 'cancelled', by: asker })
}

/** False when a process has the job, or was given it in between. */
async function cancelIdle(
  { commit, clock, wakeup }: CancelDeps,
  job: JobRow,
  asker: string,
  heardBy: string | undefined,
): Promise<boolean> {
  const { id, status, attempt } = job
  if (status !== 'queued' && status !== 'waiting') return false
  const at = clock.now().toISOString()
  const text = heardBy === undefined ? `cancelled by ${asker}` : `said into job ${heardBy}`
  const change = { message: text, finished_at: at, said_into: heardBy ?? null }
  const cancelled = await commit(async trx => {
    if (status === 'waiting' && (await hasOpenAttempt(trx, id))) return false
    if (!(await moveJob(trx, id, status, 'cancelled', change))) return false
    await dequeue(trx, id)
    await withdrawQuestions(trx, id, at)
    await appendEvents(trx, id, attempt, [{ kind: 'status', status: 'cancelled', text, at }])
    return true
  })
  if (cancelled) for (const key of [id, 'queue']) wakeup.notify(key) // another one of its conversation may come now
  return cancelled
}
