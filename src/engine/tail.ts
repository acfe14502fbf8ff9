import type { Db } from '../db/connect.ts'
import { eventsAfter } from '../db/event.ts'
import { findJob } from '../db/job.ts'
import { isFinal, type JobEvent } from '../job.ts'
import type { Wakeup } from './wakeup.ts'

/** How much is read at once: lines, and bytes of them. A slow reader keeps no more than that in memory. */
const PAGE_LINES = 500
const PAGE_BYTES = 4 * 1024 * 1024
/** The longest time between two looks at the table. */
const POLL_MS = 1000

/**
 * A job's log after a line: what is stored, then what comes, each line once and in order. Ends when the job is final
 * and every line was given, or at the abort. Any number of readers may follow one job, from anywhere.
 */
export async function* follow(
  deps: { db: Db; wakeup: Wakeup },
  job: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<JobEvent> {
  const hints = deps.wakeup.listen(job)
  try {
    let seq = after
    while (!signal.aborted) {
      // The status is read before the lines: a job that is final by then has no line that comes later.
      const row = await findJob(deps.db, job)
      const events = await eventsAfter(deps.db, job, seq, PAGE_LINES, PAGE_BYTES)
      for (const event of events) {
        if (signal.aborted) return
        yield event
        seq = event.seq
      }
      if (events.length > 0) continue
      if (!row || isFinal(row.status)) return
      await hints.next(POLL_MS, signal)
    }
  } finally {
    hints.close()
  }
}
