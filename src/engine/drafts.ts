import type { Wakeup } from './wakeup.ts'

/** Of a long draft the end is kept: that is where it grows. */
const KEPT_CHARS = 4000
/** The longest time between two looks. */
const POLL_MS = 5000

/** What agents are writing just now, before it is a line of a log: kept in memory, and lost with the process. */
export type Drafts = {
  /** Puts a text in the place of the job's draft; an empty one takes it away. */
  set(job: string, text: string): void
  /** The job's draft whenever it has changed, the newest only, until the abort; empty when it has become a line. */
  follow(job: string, signal: AbortSignal): AsyncIterable<string>
}

export function createDrafts(wakeup: Wakeup): Drafts {
  const drafts = new Map<string, string>()
  const keyOf = (job: string) => `draft ${job}`
  return {
    set: (job, text) => {
      if (text === (drafts.get(job) ?? '')) return
      if (text === '') drafts.delete(job)
      else drafts.set(job, text.slice(-KEPT_CHARS))
      wakeup.notify(keyOf(job))
    },
    follow: async function* (job, signal) {
      const hints = wakeup.listen(keyOf(job))
      let seen = ''
      try {
        while (!signal.aborted) {
          const draft = drafts.get(job) ?? ''
          if (draft === seen) await hints.next(POLL_MS, signal)
          else {
            seen = draft
            yield draft
          }
        }
      } finally {
        hints.close()
      }
    },
  }
}
