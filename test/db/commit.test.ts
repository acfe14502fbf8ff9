import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { groupCommit } from '../../src/db/commit.ts'
import { isTransient, openDatabase } from '../../src/db/connect.ts'
import { keepAlive, otherServers } from '../../src/db/server.ts'

/** A database, and another process's connection that takes its lock. */
async function makeLocked(lockMs?: number) {
  const dir = await mkdtemp(join(tmpdir(), 'errand-commit-'))
  const db = await openDatabase(`sqlite:${join(dir, 'errand.db')}`)
  const other = new Database(join(dir, 'errand.db'))
  onTestFinished(async () => {
    other.close()
    await db.destroy()
    await rm(dir, { recursive: true })
  })
  other.exec('begin immediate')
  return { db, commit: groupCommit(db, lockMs), unlock: () => other.exec('rollback') }
}

const server = (owner: string) => ({ owner, host: 'here', pid: 1, pidStart: null })

test('a lock that another process holds for a second is waited for, and the event loop goes on meanwhile', async () => {
  const { db, commit, unlock } = await makeLocked()
  const runs: string[] = []
  const names = ['a', 'b', 'c']
  const committed = names.map(owner =>
    commit(async trx => {
      runs.push(owner)
      await keepAlive(trx, server(owner), 1000)
      return owner
    }),
  )
  await delay(350) // SQLite's own patience is over
  let turns = 0
  for (const until = performance.now() + 600; performance.now() < until; turns += 1) await delay(1)
  expect(turns).toBeGreaterThan(10) // one that waits inside SQLite turns twice
  unlock()
  expect(await Promise.all(committed)).toEqual(names)
  expect(runs).toEqual(names)
  expect((await otherServers(db, '')).map(({ owner }) => owner)).toEqual(names)
})

test('a lock that stays is told in one sentence, and what comes later is taken', async () => {
  const { db, commit, unlock } = await makeLocked(500)
  const began = performance.now()
  const error = await commit(trx => keepAlive(trx, server('a'), 1000)).catch((error: unknown) => error)
  expect(String(error)).toMatch(
    /^UserError: The database takes nothing now \(database is locked\); nothing was changed. Try again/,
  )
  expect(isTransient(error)).toBe(true) // an attempt's end is stored later
  expect(performance.now() - began).toBeGreaterThan(500)
  unlock()
  await commit(trx => keepAlive(trx, server('b'), 1000))
  expect((await otherServers(db, '')).map(({ owner }) => owner)).toEqual(['b'])
})
