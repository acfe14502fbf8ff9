import { setTimeout as delay } from 'node:timers/promises'
import { type AttemptKey, renewLeases } from '../db/attempt.ts'
import { type AttemptDeps, runAttempt } from './attempt.ts'
import { claimNext } from './claim.ts'
import type { StopCause } from './outcome.ts'
import type { Pool } from './pool.ts'

/** How long a lease lasts without a heartbeat, and how often it is renewed. */
const LEASE_MS = 30_000
const HEARTBEAT_MS = 10_000
/** The longest time between two looks at the queue. */
const POLL_MS = 1000

/** Runs claimed jobs in the pool's slots. */
export type Dispatcher = {
  start(): void
  /** Claims no more, interrupts what runs, and resolves when everything of it is written. */
  stop(): Promise<void>
  /** Ends a running attempt of this process with the cause; false when it runs here no longer. */
  end(job: string, cause: StopCause): boolean
  /** Tells that an attempt is not this process's any more. */
  lost(key: AttemptKey): void
}

export function createDispatcher(deps: AttemptDeps & { host: string; pool: Pool }): Dispatcher {
  const stopping = new AbortController()
  const running = new Map<string, { key: AttemptKey; stop: AbortController; done: Promise<void> }>()
  let loops: Promise<unknown> = Promise.resolve()

  const launch = (key: AttemptKey) => {
    const stop = new AbortController()
    const done = deps.pool
      .run(() => runAttempt(deps, key, stop))
      .catch(error => deps.log.error({ err: error, job: key.job }, 'an attempt could not be ended'))
      .finally(() => {
        running.delete(key.job)
        deps.wakeup.notify('queue') // a slot is free
      })
    running.set(key.job, { key, stop, done })
  }

  const dispatch = async () => {
    const hints = deps.wakeup.listen('queue')
    while (!stopping.signal.aborted) {
      const free = deps.pool.free()
      const claimed = free > 0 ? await tryClaim(free) : []
      for (const key of claimed) launch(key)
      if (claimed.length === 0 || deps.pool.free() === 0) await hints.next(POLL_MS, stopping.signal)
    }
    hints.close()
  }

  const tryClaim = async (count: number): Promise<AttemptKey[]> => {
    try {
      return await claimNext({ ...deps, leaseMs: LEASE_MS }, count)
    } catch (error) {
      deps.log.error({ err: error }, 'jobs could not be claimed; trying again')
      return []
    }
  }

  const heartbeat = async () => {
    while (!stopping.signal.aborted) {
      await delay(HEARTBEAT_MS, undefined, { signal: stopping.signal }).catch(() => {})
      await renew().catch(error => deps.log.error({ err: error }, 'leases could not be renewed; trying again'))
    }
  }
  const renew = async () => {
    const before = [...running.values()]
    const own = new Set((await renewLeases(deps.db, deps.owner, LEASE_MS)).map(({ job, n }) => `${job}/${n}`))
    for (const { key } of before) if (!own.has(`${key.job}/${key.n}`)) lost(key)
  }

  const end = (job: string, cause: StopCause): boolean => {
    const attempt = running.get(job)
    attempt?.stop.abort(cause)
    return attempt !== undefined
  }
  const lost = (key: AttemptKey) => {
    if (running.get(key.job)?.key.n === key.n) end(key.job, { kind: 'lost' })
  }

  return {
    start: () => {
      loops = Promise.all([dispatch(), heartbeat()])
    },
    stop: async () => {
      stopping.abort()
      await loops
      for (const job of [...running.keys()]) end(job, { kind: 'shutdown' })
      await Promise.all([...running.values()].map(({ done }) => done))
    },
    end,
    lost,
  }
}
