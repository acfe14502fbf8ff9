import { setImmediate } from 'node:timers/promises'
import { type AttemptKey, holdsLease, setProcess } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { setNativeSession } from '../db/conversation.ts'
import { appendEvents, type NewEvent } from '../db/event.ts'
import type { Log } from '../log.ts'
import type { Wakeup } from './wakeup.ts'

/** Lines are committed in groups this far apart: a reader sees a line within it, and the disk is not asked for each. */
const GROUP_MS = 25
/** How many rows one transaction writes; it blocks the event loop for as long as it takes. */
const ROWS_PER_COMMIT = 200
/** From here on the agent's output is read no further until rows are stored. */
const MAX_PENDING = 1000
/** The pause after a commit that failed (a full disk, a lock): the lines are kept and tried again. */
const RETRY_MS = 1000

/** The process of an attempt and the session that it works in. */
export type Spawned = { pid: number; session: string; nativeSession: string }

/** What an attempt reported and what is not stored yet. */
export type Unstored = { spawned: Spawned | null; events: NewEvent[] }

/** The one way of an attempt's lines into its log: in order, in groups, and only while the attempt holds its lease. */
export type Journal = {
  /** Takes the process that was started; it is stored with the next group. */
  spawned(key: AttemptKey, spawned: Spawned): void
  /** Takes a line; gives a promise to wait for when too many are not stored yet. */
  append(key: AttemptKey, event: NewEvent): Promise<void> | undefined
  /** Gives what is not stored yet, for the transaction that ends the attempt; nothing is appended afterwards. */
  close(key: AttemptKey): Promise<Unstored>
}

/** Writes what an attempt reported; call it in a transaction. */
export async function storeReport(trx: Db, key: AttemptKey, { spawned, events }: Unstored): Promise<void> {
  if (spawned) {
    await setProcess(trx, key, spawned.pid, null)
    await setNativeSession(trx, spawned.session, spawned.nativeSession)
  }
  await appendEvents(trx, key.job, key.n, events)
}

/** `onLost` hears of an attempt that is ours no longer; its lines are dropped. */
export function createJournal(deps: {
  commit: Commit
  owner: string
  wakeup: Wakeup
  log: Log
  onLost(key: AttemptKey): void
}): Journal {
  type Entry = Unstored & { key: AttemptKey; storing: Promise<boolean> | null }
  const entries = new Map<string, Entry>()
  const nameOf = ({ job, n }: AttemptKey) => `${job}/${n}`
  let pending = 0
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> | null = null

  const flushIn = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(flush, ms)
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    flushing ??= storeAll().finally(() => {
      flushing = null
      if (pending > 0) flushIn(GROUP_MS)
    })
    return flushing
  }
  const storeAll = async () => {
    for (const entry of [...entries.values()]) {
      while (entry.spawned || entry.events.length > 0) {
        entry.storing = store(entry)
        const stored = await entry.storing
        entry.storing = null
        if (!stored) return await new Promise<void>(resolve => setTimeout(resolve, RETRY_MS))
        await setImmediate() // other work gets its turn between two commits
      }
    }
  }

  // Takes a batch out of the entry and stores it; puts it back when the database did not take it.
  const store = async (entry: Entry): Promise<boolean> => {
    const { key } = entry
    const { spawned } = entry
    const batch = entry.events.splice(0, ROWS_PER_COMMIT)
    entry.spawned = null
    try {
      const held = await deps.commit(async trx => {
        if (!(await holdsLease(trx, key, deps.owner))) return false
        await storeReport(trx, key, { spawned, events: batch })
        return true
      }, 'relaxed')
      pending -= batch.length + (spawned ? 1 : 0)
      if (held) deps.wakeup.notify(key.job)
      else deps.onLost(key)
      return true
    } catch (error) {
      entry.spawned = spawned
      entry.events.unshift(...batch)
      deps.log.error({ err: error, job: key.job }, 'log lines could not be stored; trying again')
      return false
    }
  }

  const entryOf = (key: AttemptKey): Entry => {
    const entry = entries.get(nameOf(key)) ?? { key, spawned: null, events: [], storing: null }
    entries.set(nameOf(key), entry)
    return entry
  }
  const added = () => {
    pending += 1
    if (pending === 1) flushIn(GROUP_MS)
  }

  return {
    spawned: (key, spawned) => {
      entryOf(key).spawned = spawned
      added()
    },
    append: (key, event) => {
      entryOf(key).events.push(event)
      added()
      return pending >= MAX_PENDING ? flush() : undefined
    },
    close: async key => {
      const entry = entryOf(key)
      await entry.storing
      entries.delete(nameOf(key))
      const { spawned, events } = entry
      pending -= events.length + (spawned ? 1 : 0)
      entry.spawned = null
      entry.events = [] // a flush that is under way finds nothing more here
      return { spawned, events }
    },
  }
}
