import pLimit from 'p-limit'

/** A pool of slots. It never holds a queue: who asks for more than `free()` slots has a bug. */
export type Pool = {
  free(): number
  size(): number
  /** Runs the work in a slot. The promise never rejects for the pool's own reasons. */
  run(work: () => Promise<void>): Promise<void>
  /** Changes the number of slots; what runs above it runs on to its end. */
  resize(slots: number): void
}

export function createPool(slots: number): Pool {
  const limit = pLimit(slots)
  return {
    free: () => Math.max(0, limit.concurrency - limit.activeCount - limit.pendingCount),
    size: () => limit.concurrency,
    run: work => limit(work),
    resize: count => {
      limit.concurrency = count
    },
  }
}
