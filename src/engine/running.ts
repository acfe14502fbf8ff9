import type { AttemptKey } from '../db/attempt.ts'
import { type AttemptDeps, runAttempt } from './attempt.ts'
import type { StopCause } from './outcome.ts'
import type { Pool } from './pool.ts'
import { reap } from './reaper.ts'

/** The attempts that run in this process, by job. */
export type Running = {
  /** Runs an attempt in a slot of the pool. */
  launch(key: AttemptKey): void
  /** Ends a job's attempt with the cause; false when none runs here. */
  end(job: string, cause: StopCause): boolean
  /** Ends this very attempt, not a later one of its job, because it is somebody else's now. */
  lost(key: AttemptKey): void
  keys(): AttemptKey[]
  /** Kills the processes of all of them; what ends them is decided already. */
  killAll(): Promise<void>
  /** Interrupts all of them and resolves when everything of them is written. */
  interruptAll(): Promise<void>
}

export function createRunning(deps: AttemptDeps & { pool: Pool }): Running {
  const attempts = new Map<string, { key: AttemptKey; stop: AbortController; done: Promise<void> }>()
  const end = (job: string, cause: StopCause): boolean => {
    const attempt = attempts.get(job)
    attempt?.stop.abort(cause)
    return attempt !== undefined
  }
  return {
    launch: key => {
      const stop = new AbortController()
      const done = deps.pool
        .run(() => runAttempt(deps, key, stop))
        .catch(error => deps.log.error({ err: error, job: key.job }, 'an attempt could not be ended'))
        .finally(() => {
          attempts.delete(key.job)
          deps.wakeup.notify('queue') // a slot is free
        })
      attempts.set(key.job, { key, stop, done })
    },
    end,
    lost: ({ job, n }) => {
      if (attempts.get(job)?.key.n === n) end(job, { kind: 'lost' })
    },
    keys: () => [...attempts.values()].map(({ key }) => key),
    killAll: async () => {
      await reap([...attempts.values()].map(({ key }) => `${key.job}/${key.n}`))
    },
    interruptAll: async () => {
      for (const job of [...attempts.keys()]) end(job, { kind: 'shutdown' })
      await Promise.all([...attempts.values()].map(({ done }) => done))
    },
  }
}
