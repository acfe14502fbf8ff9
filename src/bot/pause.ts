import type { Clock } from '../clock.ts'

/** Sleeps; false when the signal ended it, which is how a stop is told from a pause that was kept. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
