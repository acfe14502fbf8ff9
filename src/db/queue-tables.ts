/** What decides which job starts next: times are ISO 8601 UTC as text. */

/** Only what can be claimed now; a claim deletes the row. Smaller `order_key` first within a lane, in milliseconds. */
export type QueueTable = { job: string; lane: string; actor: string; order_key: number }

/** A lane of the queue that is not empty: what its jobs have in common, and the one of them that stands first. */
export type LaneTable = {
  lane: string
  actor: string
  place: string
  instruction: string
  head: number
  head_job: string
}

/** A limit that somebody set. */
export type LimitTable = { scope: string; name: string; value: number; changed_by: string; changed_at: string }

/** Money and counts of one scope and period. What is promised to running jobs stands with their attempts. */
export type LedgerTable = { scope: string; period: string; metric: string; spent: number }

/** Why and until when nothing starts. `is_known`: the end is known; else it is tried again then, for the `tries`th time. */
export type PauseTable = {
  kind: 'usage' | 'auth' | 'overload'
  since: string
  until: string
  is_known: number
  tries: number
}
