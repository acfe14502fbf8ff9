import type { AttemptKey } from '../db/attempt.ts'
import { runAttempt } from './attempt.ts'
import type { AttemptDeps, Ear } from './attempt-deps.ts'
import type { StopCause } from './outcome.ts'
import type { Pool } from './pool.ts'
import { markerOf, reap } from './reaper.ts'
import type { Starts } from './starts.ts'

/** The attempts that run in this process, by job. */
export type Running = {
  /** Runs an attempt in a slot of the pool. */
  launch(key: AttemptKey): void
  /** Ends a job's attempt with the cause; false when none runs here. */
  end(job: string, cause: StopCause): boolean
  /** Says a text into the turn of a job's agent; null when none here can hear it. */
  say(job: string, text: string): AttemptKey | null
  /** Ends this very attempt, not a later one of its job, because it is somebody else's now. */
  lost(key: AttemptKey): void
  keys(): AttemptKey[]
  /** Kills the processes of all of them; what ends them is decided already. */
  killAll(): Promise<void>
  /** Interrupts all of them and resolves when everything of them is written. */
  interruptAll(): Promise<void>
}

export function createRunning(deps: AttemptDeps & { pool: Pool; starts: Starts }): Running {
  // By attempt, not by job: one that was taken over may still be ending here while the next one of its job begins.
  const attempts = new Map<string, { key: AttemptKey; stop: AbortController; ear: Ear; done: Promise<void> }>()
  const endAll = (fits: (key: AttemptKey) => boolean, cause: StopCause): boolean => {
    const fitting = [...attempts.values()].filter(({ key }) => fits(key))
    for (const { stop } of fitting) stop.abort(cause)
    return fitting.length > 0
  }
  return {
    launch: key => {
      const stop = new AbortController()
      const ear: Ear = { hear: () => false }
      const heard = () => {
        deps.starts.heard(nameOf(key))
        deps.wakeup.notify('queue') // another one may start
      }
      deps.starts.began(nameOf(key))
      const done = deps.pool
        .run(() => runAttempt({ ...deps, ear, heard }, key, stop))
        .catch(error => deps.log.error({ err: error, job: key.job }, 'an attempt could not be ended'))
        .finally(() => {
          attempts.delete(nameOf(key))
          heard() // and a slot is free
        })
      attempts.set(nameOf(key), { key, stop, ear, done })
    },
    end: (job, cause) => endAll(key => key.job === job, cause),
    say: (job, text) => {
      const hearing = [...attempts.values()].find(({ key, stop, ear }) => {
        return key.job === job && !stop.signal.aborted && ear.hear(text)
      })
      return hearing?.key ?? null
    },
    lost: key => void endAll(({ job, n }) => job === key.job && n === key.n, { kind: 'lost' }),
    keys: () => [...attempts.values()].map(({ key }) => key),
    killAll: async () => {
      await reap([...attempts.values()].map(({ key }) => markerOf(key, deps.folders)))
    },
    interruptAll: async () => {
      endAll(() => true, { kind: 'shutdown' })
      await Promise.all([...attempts.values()].map(({ done }) => done))
    },
  }
}

const nameOf = ({ job, n }: AttemptKey): string => `${job}/${n}`
