import { setTimeout as delay } from 'node:timers/promises'
import { type AttemptKey, renewLeases } from '../db/attempt.ts'
import type { AttemptDeps } from './attempt.ts'
import { claimNext } from './claim.ts'
import { releaseDue } from './held.ts'
import type { Pool } from './pool.ts'
import type { Running } from './running.ts'

/** How long a lease lasts without a heartbeat, and how often it is renewed. */
const LEASE_MS = 30_000
const HEARTBEAT_MS = 10_000
/** The longest time between two looks at the queue. */
const POLL_MS = 1000

/** Claims as many jobs as the pool has free slots, and keeps their leases. */
export type Dispatcher = {
  start(): void
  /** Claims no more, interrupts what runs, and resolves when everything of it is written. */
  stop(): Promise<void>
}

type DispatcherDeps = AttemptDeps & { host: string; pool: Pool; running: Running }

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const stopping = new AbortController()
  let loops: Promise<unknown> = Promise.resolve()
  return {
    start: () => {
      loops = Promise.all([dispatch(deps, stopping.signal), heartbeat(deps, stopping.signal)])
    },
    stop: async () => {
      stopping.abort()
      await loops
      await deps.running.interruptAll()
    },
  }
}

async function dispatch(deps: DispatcherDeps, signal: AbortSignal): Promise<void> {
  const hints = deps.wakeup.listen('queue')
  while (!signal.aborted) {
    const claimed = await tryClaim(deps, deps.pool.free())
    for (const key of claimed) deps.running.launch(key)
    if (claimed.length === 0 || deps.pool.free() === 0) await hints.next(POLL_MS, signal)
  }
  hints.close()
}

async function tryClaim(deps: DispatcherDeps, count: number): Promise<AttemptKey[]> {
  try {
    await releaseDue(deps)
    if (count === 0) return []
    return await claimNext({ ...deps, leaseMs: LEASE_MS }, count)
  } catch (error) {
    deps.log.error({ err: error }, 'jobs could not be claimed; trying again')
    return []
  }
}

/** Renews the leases; an attempt that is not among the renewed ones was taken over. */
async function heartbeat(deps: DispatcherDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(HEARTBEAT_MS, undefined, { signal }).catch(() => {}) // the stop ends the pause
    try {
      const before = deps.running.keys()
      const own = new Set((await renewLeases(deps.db, deps.owner, LEASE_MS)).map(nameOf))
      for (const key of before) if (!own.has(nameOf(key))) deps.running.lost(key)
    } catch (error) {
      deps.log.error({ err: error }, 'leases could not be renewed; trying again')
    }
  }
}

const nameOf = ({ job, n }: AttemptKey): string => `${job}/${n}`
