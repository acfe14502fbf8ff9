import type { Clock } from '../clock.ts'
import { pause } from './pause.ts'

/** When work may begin: of many requests at once the acknowledgements go out first. */
export type Turns = {
  /** Notes an acknowledgement that is on its way. */
  expect(acknowledged: Promise<void>): void
  /** Resolves when it is this caller's turn: one piece of work begins in each turn of the event loop. */
  next(): Promise<void>
}

/** So long work gives way at most: one that hangs must not stop what others asked for. */
const PATIENCE_MS = 100

export function createTurns(clock: Clock, signal: AbortSignal): Turns {
  const onTheirWay = new Set<Promise<void>>()
  let last = Promise.resolve()

  const giveWay = async () => {
    const until = clock.now().getTime() + PATIENCE_MS
    while (onTheirWay.size > 0 && !signal.aborted) {
      const left = until - clock.now().getTime()
      if (left <= 0) return
      await Promise.race([Promise.all(onTheirWay), pause(clock, left, signal)])
    }
  }
  return {
    expect: acknowledged => {
      const over = acknowledged.catch(() => {}).finally(() => onTheirWay.delete(over)) // the request's own work hears of it
      onTheirWay.add(over)
    },
    next: async () => {
      await giveWay()
      // Work on the database alone leaves the network no turn.
      last = last.then(() => new Promise(resolve => setImmediate(resolve)))
      await last
    },
  }
}
