import { setTimeout as delay } from 'node:timers/promises'
import { type AttemptKey, cancelledUnderway, renewLeases } from '../db/attempt.ts'
import { listPauses } from '../db/pause.ts'
import { keepAlive } from '../db/server.ts'
import { claimNext } from './claim.ts'
import { releaseDue } from './held.ts'
import { lowest } from './limits/names.ts'
import { slotsAfter } from './limits/pauses.ts'
import type { Pool } from './pool.ts'
import { processStart } from './process-start.ts'
import type { QueueLook } from './queue-look.ts'
import { type RecoveryDeps, recover } from './recovery.ts'
import type { Running } from './running.ts'
import type { Starts } from './starts.ts'

/** How long a lease lasts without a heartbeat, and how often it is renewed. */
const LEASE_MS = 30_000
const HEARTBEAT_MS = 10_000
/** The longest time between two looks at the queue, and at what other processes did or left. */
const POLL_MS = 1000

/** Claims as many jobs as the pool has free slots, keeps their leases, and takes up what dead processes left. */
export type Dispatcher = {
  /** Resolves once what dead processes left is back in the queue. */
  start(): Promise<void>
  /** Claims no more, interrupts what runs, and resolves when everything of it is written. */
  stop(): Promise<void>
}

type DispatcherDeps = Omit<RecoveryDeps, 'leaseMs'> & {
  startedAt: Date
  pool: Pool
  queue: QueueLook
  running: Running
  starts: Starts
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const [claiming, tending] = [new AbortController(), new AbortController()]
  let claims = Promise.resolve()
  let tended = Promise.resolve()
  return {
    start: async () => {
      const tend = createTending(deps)
      await tend()
      claims = dispatch(deps, claiming.signal)
      tended = repeat(tend, tending.signal)
    },
    stop: async () => {
      claiming.abort()
      await claims
      await deps.running.interruptAll()
      tending.abort() // not before: who takes long to end must not count as dead
      await tended
    },
  }
}

async function dispatch(deps: DispatcherDeps, signal: AbortSignal): Promise<void> {
  const hints = deps.wakeup.listen('queue')
  let lookedAt = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    // A hint finds no slot mostly; then the limits and what is held are not read for it.
    const looks = deps.pool.free() > 0 || performance.now() - lookedAt >= POLL_MS
    if (looks) lookedAt = performance.now()
    const claimed = looks ? await tryClaim(deps) : []
    for (const key of claimed) {
      deps.queue.left(key.job)
      deps.running.launch(key)
    }
    if (claimed.length === 0 || deps.pool.free() === 0) await hints.next(POLL_MS, signal)
  }
  hints.close()
}

async function tryClaim(deps: DispatcherDeps): Promise<AttemptKey[]> {
  try {
    await releaseDue(deps)
    const most = lowest(await deps.limits(deps.db), ['global'], 'concurrent') ?? 1
    // No slot is no pool: that none may start is said by the limit itself.
    deps.pool.resize(Math.max(1, slotsAfter(await listPauses(deps.db), most, deps.clock.now())))
    const count = Math.min(deps.pool.free(), deps.starts.room(deps.running.keys().length))
    if (count === 0) return []
    return await claimNext({ ...deps, leaseMs: LEASE_MS }, count)
  } catch (error) {
    deps.log.error({ err: error }, 'jobs could not be claimed; trying again')
    return []
  }
}

/** What this process does for its own life and about others, as one step to be repeated; it never throws. */
function createTending(deps: DispatcherDeps): () => Promise<void> {
  let beatAt = Number.NEGATIVE_INFINITY
  let hasFailed = false
  return async () => {
    try {
      if (performance.now() - beatAt >= HEARTBEAT_MS) {
        await beat(deps)
        beatAt = performance.now()
      }
      // A person may have cancelled through another process, which can only leave word.
      for (const { job, by } of await cancelledUnderway(deps.db, deps.owner))
        deps.running.end(job, { kind: 'cancelled', by })
      await recover({ ...deps, leaseMs: LEASE_MS })
      if (hasFailed) deps.log.info('leases are renewed, and abandoned jobs looked for, again')
      hasFailed = false
    } catch (error) {
      hasFailed = true
      deps.log.error({ err: error }, 'leases could not be renewed, nor abandoned jobs looked for; trying again')
    }
  }
}

/** Renews the leases; an attempt that is not among the renewed ones was taken over. */
async function beat({ db, owner, host, running }: DispatcherDeps): Promise<void> {
  await keepAlive(db, { owner, host, pid: process.pid, pidStart: processStart(process.pid) }, LEASE_MS)
  const before = running.keys()
  const own = new Set((await renewLeases(db, owner, LEASE_MS)).map(nameOf))
  for (const key of before) if (!own.has(nameOf(key))) running.lost(key)
}

async function repeat(step: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(POLL_MS, undefined, { signal }).catch(() => {}) // the stop ends the pause
    if (signal.aborted) return
    await step()
  }
}

const nameOf = ({ job, n }: AttemptKey): string => `${job}/${n}`
