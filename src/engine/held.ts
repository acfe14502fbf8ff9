import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { dueJobs, endHold } from '../db/job.ts'
import { enqueue } from '../db/queue.ts'

/** How many jobs one transaction puts into the queue. */
const BATCH = 100

/** Puts jobs whose time has come into the queue: they stand there as if they were asked for then. */
export async function releaseDue({ db, commit, clock }: { db: Db; commit: Commit; clock: Clock }): Promise<void> {
  const now = clock.now()
  const isDue = async (from: Db) => await dueJobs(from, now.toISOString(), BATCH)
  if ((await isDue(db)).length === 0) return
  await commit(async trx => {
    for (const job of await isDue(trx)) {
      await endHold(trx, job.id)
      await enqueue(trx, job, job.hold_until === null ? now : new Date(job.hold_until))
    }
  })
}
