import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { messageOf, UserError } from '../errors.ts'
import { type Db, isLocked, isTransient, transaction } from './connect.ts'

/**
 * Runs the work in a transaction and resolves once it is committed. `durable` (the default) is on disk by then: for
 * what somebody is told. `relaxed` survives the end of this process but perhaps not a power cut: for what a restart
 * would do again anyway. When the work throws, nothing of it stays. While another process has the database's lock, it
 * waits for some seconds; what the database then does not take now (`isTransient`) is a UserError.
 */
export type Commit = <T>(work: (trx: Db) => Promise<T>, durability?: 'durable' | 'relaxed') => Promise<T>

/** How many works share one commit; more would hold the write lock too long. */
const MAX_GROUP = 50
/** How long the lock of another process is waited for (a program that looks, a copy by hand), and how often it is asked for. */
const LOCK_MS = 5000
const PAUSE_MS = 25

/**
 * Commits that are asked for while another one is under way share the next one, since waiting for the disk is what a
 * commit costs. Each work has a savepoint of its own: one that throws takes no other with it,
 * unless the database itself takes nothing now.
 */
export function groupCommit(db: Db, lockMs = LOCK_MS): Commit {
  const waiting: Entry[] = []
  let busy = false
  const drain = async () => {
    if (busy) return
    busy = true
    while (waiting.length > 0) await commitGroup(db, waiting.splice(0, MAX_GROUP), lockMs)
    busy = false
  }
  return (work, durability = 'durable') =>
    new Promise((resolve, reject) => {
      let settle = () => {}
      waiting.push({
        durable: durability === 'durable',
        run: async trx => {
          const value = await work(trx)
          settle = () => resolve(value)
        },
        settle: () => settle(),
        fail: error => {
          settle = () => reject(error)
        },
      })
      void drain()
    })
}

/** `fail` after `run` changes what `settle` says: the group's own end decides last. */
type Entry = { durable: boolean; run(trx: Db): Promise<void>; fail(error: unknown): void; settle(): void }

async function commitGroup(db: Db, group: Entry[], lockMs: number): Promise<void> {
  const durable = group.some(entry => entry.durable)
  for (const began = performance.now(); ; await delay(PAUSE_MS)) {
    const waited = performance.now() - began
    let hasRun = false
    try {
      await transaction(db, { sync: durable ? 'full' : 'normal', waits: waited < PAUSE_MS }, async trx => {
        hasRun = true
        for (const entry of group) await (group.length === 1 ? entry.run(trx) : runApart(trx, entry))
      })
    } catch (error) {
      if (!hasRun && isLocked(error) && waited < lockMs) continue
      for (const entry of group) entry.fail(isTransient(error) ? refusedNow(error) : error)
    }
    for (const entry of group) entry.settle()
    return
  }
}

function refusedNow(cause: unknown): UserError {
  const remedy = isLocked(cause)
    ? 'Try again in a moment; if it stays, look which program has the database open.'
    : 'Make room or mend the disk of the server, then try again.'
  const message = `The database takes nothing now (${messageOf(cause)}); nothing was changed. ${remedy}`
  return new UserError(message, { kind: 'runtime', cause })
}

async function runApart(trx: Db, entry: Entry): Promise<void> {
  await sql`savepoint apart`.execute(trx)
  try {
    await entry.run(trx)
  } catch (error) {
    if (isTransient(error)) throw error // SQLite may have ended the whole transaction, the savepoint with it
    entry.fail(error)
    await sql`rollback to savepoint apart`.execute(trx)
  }
  await sql`release savepoint apart`.execute(trx)
}
