import { schedule as everySecond } from 'node-cron'
import { type BeginDeps, beginDue } from './begin.ts'
import { claimDue, dueByNow } from './claim.ts'
import { settleEnded } from './settle.ts'

/** What schedules do by themselves: each second it is looked what is due, what is to begin and what has ended. */
export type ScheduleLoop = {
  start(): void
  /** Begins nothing more; resolves once what was under way is written. */
  stop(): Promise<void>
  /** Looks once, and resolves when all that was due is done. */
  look(): Promise<void>
}

/** Never throws: what could not be done now is done at the next look, since the table says what is left. */
export function createScheduleLoop(deps: BeginDeps): ScheduleLoop {
  const { log } = deps
  const stopping = new AbortController()
  let making: Promise<void> | null = null
  const make = async () => {
    try {
      await beginDue(deps, stopping.signal)
      await settleEnded(deps)
    } catch (error) {
      log.error({ err: error }, 'the jobs of schedules could not be made; trying again')
    }
    making = null
  }
  let looked = Number.POSITIVE_INFINITY // the clock may have been put back while no server ran
  const look = async () => {
    try {
      const now = deps.clock.now().getTime()
      if (now < looked) await dueByNow(deps)
      looked = now
      await claimDue(deps)
    } catch (error) {
      log.error({ err: error }, 'it could not be looked which schedules are due; trying again')
    }
    // Beside the claims: making thousands of jobs takes longer than a second, and what is due meanwhile is claimed.
    making ??= make()
  }
  let looking = Promise.resolve()
  let task: ReturnType<typeof everySecond> | null = null
  return {
    start: () => {
      task = everySecond('* * * * * *', () => (looking = look()), { noOverlap: true, suppressMissedWarning: true })
    },
    stop: async () => {
      stopping.abort()
      await task?.destroy()
      await looking
      await making
    },
    look: async () => {
      await look()
      await making
    },
  }
}
