import { setImmediate } from 'node:timers/promises'
import { type AttemptKey, holdsLease, setProcess } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import { type Db, isTransient } from '../db/connect.ts'
import { setNativeSession } from '../db/conversation.ts'
import { appendEvents, type NewEvent } from '../db/event.ts'
import type { Log } from '../log.ts'
import { type Redact, redactAll } from '../redact.ts'
import type { Wakeup } from './wakeup.ts'

/** Lines are committed in groups this far apart: a reader sees a line within it, and the disk is not asked for each. */
const GROUP_MS = 25
/** A line weighs one, and one more for each of these characters: a thousand lines may be a gigabyte. */
const CHARS_PER_WEIGHT = 8192
/** How much one transaction writes, as weight; it blocks the event loop for as long as it takes. */
const WEIGHT_PER_COMMIT = 200
/** From this weight on the agent's output is read no further until rows are stored. */
const MAX_PENDING = 1000
/** The pause after a commit that failed (a full disk, a lock): the lines are kept and tried again. */
const RETRY_MS = 1000

/** The process of an attempt and the session that it works in. */
export type Spawned = { pid: number; pidStart: string | null; session: string; nativeSession: string }

/** What an attempt reported and what is not stored yet. */
export type Unstored = { spawned: Spawned | null; events: NewEvent[] }

/** The one way of an attempt's lines into its log: in order, in groups, and only while the attempt holds its lease. */
export type Journal = {
  /** Takes the process that was started; it is stored with the next group. */
  spawned(key: AttemptKey, spawned: Spawned): void
  /** Takes a line, which is stored redacted; gives a promise to wait for when too many are not stored yet. */
  append(key: AttemptKey, event: NewEvent): Promise<void> | undefined
  /** Resolves once everything that was taken until now is stored, or dropped as somebody else's. */
  flush(key: AttemptKey): Promise<void>
  /** Gives what is not stored yet, for the transaction that ends the attempt; nothing is appended afterwards. */
  close(key: AttemptKey): Promise<Unstored>
}

/** Writes what an attempt reported; call it in a transaction. */
export async function storeReport(trx: Db, key: AttemptKey, { spawned, events }: Unstored): Promise<void> {
  if (spawned) {
    await setProcess(trx, key, spawned.pid, spawned.pidStart)
    await setNativeSession(trx, spawned.session, spawned.nativeSession)
  }
  await appendEvents(trx, key.job, key.n, events)
}

type JournalDeps = {
  commit: Commit
  owner: string
  wakeup: Wakeup
  log: Log
  redact: Redact
  /** Hears of an attempt that is ours no longer; its lines are dropped. */
  onLost(key: AttemptKey): void
}

/** What is kept of an attempt until it is stored; `storing` while a batch of it is under way. */
type Entry = Unstored & { key: AttemptKey; storing: Promise<number | null> | null }

export function createJournal(deps: JournalDeps): Journal {
  const entries = new Map<string, Entry>()
  let pending = 0
  let isRefused = false
  const flusher = createFlusher(async () => {
    await storeAll(deps, [...entries.values()], weight => {
      if (weight !== null) pending -= weight
      if (isRefused && weight !== null) deps.log.info('log lines are stored again')
      isRefused = weight === null
    })
    return pending > 0
  })

  const nameOf = ({ job, n }: AttemptKey) => `${job}/${n}`
  const entryOf = (key: AttemptKey): Entry => {
    const entry = entries.get(nameOf(key)) ?? { key, spawned: null, events: [], storing: null }
    entries.set(nameOf(key), entry)
    return entry
  }
  const added = (weight: number) => {
    if (pending === 0) flusher.soon()
    pending += weight
  }

  return {
    spawned: (key, spawned) => {
      entryOf(key).spawned = spawned
      added(1)
    },
    append: (key, said) => {
      const event = redactAll(said, deps.redact)
      entryOf(key).events.push(event)
      added(weightOf(event))
      return pending >= MAX_PENDING ? flusher.now() : undefined
    },
    flush: async key => {
      const entry = entryOf(key)
      while (entry.storing || entry.spawned || entry.events.length > 0) await flusher.now()
    },
    close: async key => {
      const entry = entryOf(key)
      while (entry.storing) await entry.storing // without a pause afterwards, in which another batch would begin
      entries.delete(nameOf(key))
      const unstored = takeOut(entry, Number.POSITIVE_INFINITY) // a flush that is under way finds nothing more here
      pending -= weightOfAll(unstored)
      return unstored
    },
  }
}

/** Runs the flush, once at a time: soon or now as it is asked for, and soon again when it says that there is more. */
function createFlusher(flush: () => Promise<boolean>): { soon(): void; now(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | null = null
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(now, GROUP_MS)
  }
  const run = async () => {
    const more = await flush()
    running = null
    if (more) soon()
  }
  const now = (): Promise<void> => {
    clearTimeout(timer)
    running ??= run()
    return running
  }
  return { soon, now }
}

/**
 * Stores everything of these attempts, a batch at a time, and tells `stored` of each what `storeBatch` gave; the first
 * that the database does not take ends it with a pause.
 */
async function storeAll(deps: JournalDeps, entries: Entry[], stored: (weight: number | null) => void): Promise<void> {
  for (const entry of entries) {
    while (entry.spawned || entry.events.length > 0) {
      entry.storing = storeBatch(deps, entry)
      const weight = await entry.storing
      entry.storing = null
      stored(weight)
      if (weight === null) return await new Promise<void>(resolve => setTimeout(resolve, RETRY_MS))
      await setImmediate() // other work gets its turn between two commits
    }
  }
}

/** Stores a batch and gives its weight; null when the database did not take it, and then it is put back. */
async function storeBatch(deps: JournalDeps, entry: Entry): Promise<number | null> {
  const { key } = entry
  const batch = takeOut(entry, WEIGHT_PER_COMMIT)
  try {
    const held = await deps.commit(async trx => {
      if (!(await holdsLease(trx, key, deps.owner))) return false
      await storeReport(trx, key, batch)
      return true
    }, 'relaxed')
    if (held) deps.wakeup.notify(key.job)
    else deps.onLost(key)
    return weightOfAll(batch)
  } catch (error) {
    if (!isTransient(error)) {
      deps.log.error({ err: error, job: key.job }, 'log lines can never be stored; they are dropped')
      return weightOfAll(batch)
    }
    entry.spawned = batch.spawned
    entry.events.unshift(...batch.events)
    deps.log.error({ err: error, job: key.job }, 'log lines could not be stored; trying again')
    return null
  }
}

/** Takes the first lines out, up to the one that reaches the weight. */
function takeOut(entry: Entry, weight: number): Unstored {
  const { spawned } = entry
  entry.spawned = null
  let count = 0
  let sum = 0
  for (const event of entry.events) {
    if (sum >= weight) break
    sum += weightOf(event)
    count += 1
  }
  return { spawned, events: entry.events.splice(0, count) }
}

const weightOfAll = ({ spawned, events }: Unstored): number =>
  events.reduce((sum, event) => sum + weightOf(event), spawned ? 1 : 0)

const weightOf = ({ text, input }: NewEvent): number =>
  1 + Math.floor((text.length + (input === undefined ? 0 : JSON.stringify(input).length)) / CHARS_PER_WEIGHT)
