import type { Clock } from '../../clock.ts'

/** Lets at most `perMinute` pass in any minute; of those that wait, what is urgent first, then in order. */
export type Pace = { turn(urgent: boolean, signal: AbortSignal): Promise<void> }

const MINUTE_MS = 60_000

type Waiter = { urgent: boolean; go: () => void; giveUp: (reason: unknown) => void }

export function createPace(perMinute: number, clock: Clock): Pace {
  const passed: number[] = []
  const waiting: Waiter[] = []
  let timing = false

  const untilFree = (): number => {
    const now = clock.now().getTime()
    while (passed[0] !== undefined && (passed[0] <= now - MINUTE_MS || passed[0] > now)) passed.shift()
    const oldest = passed[0]
    return oldest === undefined || passed.length < perMinute ? 0 : oldest + MINUTE_MS - now
  }
  const letPass = async (signal: AbortSignal) => {
    timing = true
    try {
      while (waiting.length > 0) {
        const ms = untilFree()
        if (ms > 0) await clock.sleep(ms, signal)
        else {
          passed.push(clock.now().getTime())
          const next = waiting.findIndex(({ urgent }) => urgent)
          waiting.splice(Math.max(0, next), 1)[0]?.go()
        }
      }
    } catch (error) {
      for (const { giveUp } of waiting.splice(0)) giveUp(error) // the stop: nobody would let them pass any more
    } finally {
      timing = false
    }
  }
  return {
    turn: (urgent, signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ urgent, go: resolve, giveUp: reject })
        if (!timing) void letPass(signal)
      }),
  }
}
