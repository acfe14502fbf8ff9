import type { Redact } from '../redact.ts'
import type { Wakeup } from './wakeup.ts'

/** Of a long draft the end is kept: that is where it grows. */
const KEPT_CHARS = 4000
/** As much before it is looked at, so that a key that begins there is known as one. */
const BEFORE_CHARS = 1000
/** The longest time between two looks. */
const POLL_MS = 5000

/** What agents are writing just now, before it is a line of a log: kept in memory, and lost with the process. */
export type Drafts = {
  /** Puts a text in the place of the job's draft, redacted; an empty one takes it away. */
  set(job: string, text: string): void
  /** The job's draft whenever it has changed, the newest only, until the abort; empty when it has become a line. */
  follow(job: string, signal: AbortSignal): AsyncIterable<string>
}

export function createDrafts(wakeup: Wakeup, redact: Redact): Drafts {
  const drafts = new Map<string, string>()
  const keyOf = (job: string) => `draft ${job}`
  return {
    set: (job, whole) => {
      const text = redact(whole.slice(-KEPT_CHARS - BEFORE_CHARS)).slice(-KEPT_CHARS)
      if (text === (drafts.get(job) ?? '')) return
      if (text === '') drafts.delete(job)
      else drafts.set(job, text)
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
