/** What one job needs of memory at its peak, its tools included. */
const JOB_BYTES = 1.2 * 1024 ** 3
/** After this long without a line an agent counts as begun all the same: one that hangs must not hold up the others. */
const STARTING_MS = 10_000

/** How many agents may be started: at most one a core between its start and its first line, and no more than memory holds. */
export type Starts = {
  /** How many may start now; `running` is how many there are. */
  room(running: number): number
  /** True when the last answer was lowered by the memory that is free. */
  lacksMemory(): boolean
  began(attempt: string): void
  /** It has said something, or is over. */
  heard(attempt: string): void
}

export function createStarts({ cores, memory }: { cores: number; memory: () => number }): Starts {
  const starting = new Map<string, number>()
  let lacks = false
  return {
    room: running => {
      const young = [...starting.values()].filter(at => performance.now() - at < STARTING_MS)
      // Without a running job there is nothing to wait for: then one starts, however little is free.
      // One that has just begun has not yet taken what it will, and counts with all of it.
      const held = Math.max(Math.floor(memory() / JOB_BYTES) - young.length, running === 0 ? 1 : 0)
      lacks = held <= 0
      return Math.max(0, Math.min(cores - young.length, held))
    },
    lacksMemory: () => lacks,
    began: attempt => void starting.set(attempt, performance.now()),
    heard: attempt => void starting.delete(attempt),
  }
}
