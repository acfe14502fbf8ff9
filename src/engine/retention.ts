import { realpath, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { dropControls } from '../db/control.ts'
import { dropEvents } from '../db/event.ts'
import { dropInbound } from '../db/inbound.ts'
import { dropPeriods } from '../db/ledger.ts'
import {
  endedThread,
  endRemoval,
  oldestThreads,
  pendingRemovals,
  type Removal,
  removeThread,
  type ThreadCursor,
} from '../db/removal.ts'
import { giveBackSpace, usedBytes } from '../db/space.ts'
import { dropTicks } from '../db/tick.ts'
import type { Log } from '../log.ts'
import { size } from '../words.ts'
import { bytesIn } from './outputs/watch.ts'
import { removeTree } from './remove-tree.ts'
import type { Folders } from './workspace.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** Between two batches others get the database and the event loop. */
const PAUSE_MS = 20
/** How many jobs are looked at in one query. */
const PAGE = 200

/** Removes what is old, or too much, at the start and every hour. */
export type Retention = {
  start(): void
  /** Resolves at once; what is half removed is removed after the next start. */
  stop(): Promise<void>
}

export type RetentionDeps = {
  db: Db
  commit: Commit
  clock: Clock
  log: Log
  folders: Folders
  outputsDir: string
  /** How long an ended thread is kept; 0: for ever. */
  retentionDays: number
  /** How much everything may take on the disk before the oldest threads go earlier; 0: no limit. */
  retentionGb: number
}

/**
 * A thread goes whole: when all its jobs have ended and the last one did so long enough ago, its rows leave in one
 * transaction that notes what is left to do; then its log lines go in batches, and its files. So a job is there with
 * everything or not at all, and a crash in between only puts the rest off.
 */
export function createRetention(deps: RetentionDeps): Retention {
  const stopping = new AbortController()
  const { signal } = stopping
  let loop: Promise<void> = Promise.resolve()
  const run = async () => {
    while (!signal.aborted) {
      await sweep(deps, signal).catch(error => {
        if (!signal.aborted) deps.log.error({ err: error }, 'what is old could not be removed; trying again in an hour')
      })
      await deps.clock.sleep(HOUR_MS, signal).catch(() => {}) // the stop ends the pause
    }
  }
  return {
    start: () => {
      loop = run()
    },
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}

/** One look at everything; throws when it was aborted. */
async function sweep(deps: RetentionDeps, signal: AbortSignal): Promise<void> {
  const { db, clock, retentionDays: days, retentionGb: gb } = deps
  await carryOut(deps, signal) // what an earlier process began
  const now = clock.now().getTime()
  if (days > 0) {
    const before = new Date(now - days * DAY_MS).toISOString()
    for await (const thread of endedThreads(deps, before)) await removeWhole(deps, thread, before, signal)
    for (const drop of [dropInbound, dropControls])
      while (await deps.commit(trx => drop(trx, before), 'relaxed')) await pause(deps, signal)
    await deps.commit(trx => dropPeriods(trx, before), 'relaxed')
    while (await deps.commit(trx => dropTicks(trx, { before }), 'relaxed')) await pause(deps, signal)
  }
  if (gb > 0) await removeOverflow(deps, gb * 1e9, new Date(now - DAY_MS).toISOString(), signal)
  while (await giveBackSpace(db)) await pause(deps, signal)
}

type Thread = { conversation: string; removals: Removal[] }

/** Threads that ended before a time, about oldest first. */
async function* endedThreads({ db }: RetentionDeps, before: string): AsyncGenerator<Thread> {
  let after: ThreadCursor | null = null
  do {
    const page: Awaited<ReturnType<typeof oldestThreads>> = await oldestThreads(db, { before, after, limit: PAGE })
    for (const conversation of page.conversations) {
      const removals = await endedThread(db, conversation, before)
      if (removals) yield { conversation, removals }
    }
    after = page.next
  } while (after)
}

/** Removes the oldest threads while everything takes more than the limit; those of the last day stay. */
async function removeOverflow(deps: RetentionDeps, limit: number, before: string, signal: AbortSignal): Promise<void> {
  const { db, folders, outputsDir, log } = deps
  const roots = [folders.inputs, folders.workspaces, folders.sessions, outputsDir]
  // Counting every file costs more than asking the disks what they hold.
  if ((await bytesOnDisk(folders.workspaces)) + (await bytesOnDisk(outputsDir)) <= limit) return
  // An admin may have put a link in the place of one; below them none is followed.
  let files = await bytesIn(await Promise.all(roots.map(root => realpath(root))), signal)
  for await (const thread of endedThreads(deps, before)) {
    const bytes = files + (await usedBytes(db))
    if (bytes <= limit) return
    log.info({ conversation: thread.conversation }, `what is kept comes to ${size(bytes)}: the oldest thread goes`)
    files -= await bytesIn(
      thread.removals.flatMap(removal => pathsOf(deps, removal)),
      signal,
    )
    await removeWhole(deps, thread, before, signal)
  }
}

async function bytesOnDisk(path: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(path)
  return (blocks - bfree) * bsize
}

async function removeWhole(deps: RetentionDeps, thread: Thread, before: string, signal: AbortSignal): Promise<void> {
  await deps.commit(async trx => {
    // Looked at again under the write lock: a follow-up or a retry may have come.
    const removals = await endedThread(trx, thread.conversation, before)
    if (removals) await removeThread(trx, thread.conversation, removals)
  })
  await carryOut(deps, signal)
}

/** Removes what is noted; what cannot be removed now stays noted. */
async function carryOut(deps: RetentionDeps, signal: AbortSignal): Promise<void> {
  for (const removal of await pendingRemovals(deps.db)) {
    if (removal.kind === 'job')
      while (await deps.commit(trx => dropEvents(trx, removal.id), 'relaxed')) await pause(deps, signal)
    const removed = await removeFiles(deps, removal, signal)
    if (removed) await deps.commit(trx => endRemoval(trx, removal), 'relaxed')
    await pause(deps, signal)
  }
}

/** False when some are left. Rejects at the abort, however much there is still to remove. */
async function removeFiles(deps: RetentionDeps, removal: Removal, signal: AbortSignal): Promise<boolean> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    await Promise.race([Promise.all(pathsOf(deps, removal).map(removeTree)), aborted.promise])
    return true
  } catch (error) {
    signal.throwIfAborted()
    deps.log.warn({ err: error, ...removal }, 'old files could not be removed; trying again in an hour')
    return false
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function pathsOf({ folders, outputsDir }: RetentionDeps, { kind, id }: Removal): string[] {
  switch (kind) {
    case 'job':
      return [join(folders.inputs, id), join(outputsDir, id)]
    case 'workspace':
      return [join(folders.workspaces, id)]
    case 'session':
      return [join(folders.sessions, id)]
  }
}

const pause = ({ clock }: RetentionDeps, signal: AbortSignal): Promise<void> => clock.sleep(PAUSE_MS, signal)
