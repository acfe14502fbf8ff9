import { setTimeout as delay } from 'node:timers/promises'

/** Time comes in as an argument, so that a test can move it. */
export type Clock = {
  now(): Date
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {}).catch(error => {
      throw signal?.aborted ? signal.reason : error
    })
  },
}
