import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { pause } from './pause.ts'

/** Pauses before each further try: another program may hold the database's lock, or its disk be full for a while. */
const PAUSES_MS = [250, 1000, 5000, 15_000, 60_000]

/** Writes, and tries again while the database does not take it; throws its last refusal, at the stop the first one. */
export async function insist<T>(
  write: () => Promise<T>,
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<T> {
  for (const ms of PAUSES_MS) {
    try {
      return await write()
    } catch (error) {
      log.warn({ err: error, againInMs: ms }, 'the database did not take what the bot wrote')
      if (!(await pause(clock, ms, signal))) throw error
    }
  }
  return await write()
}
