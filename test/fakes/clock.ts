import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/clock.ts'

/** A clock that stands still until it is moved. */
export type FakeClock = Clock & {
  /** Moves on; every sleep that ends until then ends at its own time, and what it woke goes on before the next one. */
  advance(ms: number): Promise<void>
}

export function createFakeClock(start = '2026-11-21T10:00:00.000Z'): FakeClock {
  let now = Date.parse(start)
  const sleepers = new Set<{ at: number; wake: () => void }>()
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper = { at: now + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        })
      }),
    advance: async ms => {
      const until = now + ms
      for (;;) {
        await quiet()
        const next = [...sleepers].sort((a, b) => a.at - b.at)[0]
        if (!next || next.at > until) break
        now = next.at
        sleepers.delete(next)
        next.wake()
      }
      now = until
      await quiet()
    },
  }
}

/** Lets everything go on that waits for nothing but its turn; the database in memory answers within one. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await setImmediate()
}
