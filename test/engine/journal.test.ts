import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { type AttemptKey, endAttempt, insertAttempt } from '../../src/db/attempt.ts'
import { type Commit, groupCommit } from '../../src/db/commit.ts'
import { type Db, openDatabase } from '../../src/db/connect.ts'
import { findNativeSession } from '../../src/db/conversation.ts'
import { eventsAfter, type NewEvent } from '../../src/db/event.ts'
import { createJournal, type Journal, storeReport, type Unstored } from '../../src/engine/journal.ts'
import { createWakeup, type Wakeup } from '../../src/engine/wakeup.ts'
import { createLog } from '../../src/log.ts'
import { storeJob } from '../contracts/database.ts'
import { eventually } from '../support/eventually.ts'

const AT = '2026-11-21T10:00:00.000Z'
const A: AttemptKey = { job: 'job0000a', n: 1 }
const B: AttemptKey = { job: 'job0000b', n: 1 }

type World = {
  db: Db
  journal: Journal
  wakeup: Wakeup
  commits: () => number
  /** Is called right after a commit is asked for, before it begins. */
  atCommit(hook: () => void): void
  lost: AttemptKey[]
  log: () => string
  /** Holds the write lock as another process would, until the given function is called. */
  lock(): Promise<() => Promise<void>>
}

/** A journal over two open attempts, A and B. */
async function setUp(): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-journal-'))
  const url = `sqlite:${join(dir, 'errand.db')}`
  const [db, other] = [await openDatabase(url), await openDatabase(url)]
  onTestFinished(async () => {
    await db.destroy()
    await other.destroy()
    await rm(dir, { recursive: true })
  })
  for (const { job, n } of [A, B]) {
    await storeJob(db, job)
    const places = { host: 'here', workspace: `c-${job}`, session: `c-${job}` }
    await insertAttempt(db, { job, n, cause: 'submit', owner: 'me', leaseMs: 30_000, at: AT, ...places })
  }
  const [out, wakeup, lost, commit] = [new PassThrough(), createWakeup(), [] as AttemptKey[], groupCommit(db, 0)]
  let commits = 0
  let hook = () => {}
  const counted: Commit = (work, durability) => {
    commits++
    queueMicrotask(hook)
    return commit(work, durability)
  }
  const log = createLog({ level: 'info', format: 'json', out })
  let logged = ''
  out.on('data', chunk => {
    logged += chunk
  })
  const journal = createJournal({
    commit: counted,
    owner: 'me',
    wakeup,
    log,
    redact: text => text,
    onLost: key => lost.push(key),
  })
  return {
    db,
    journal,
    wakeup,
    commits: () => commits,
    atCommit: given => (hook = given),
    lost,
    log: () => logged,
    lock: () => holdLock(other),
  }
}

async function holdLock(db: Db): Promise<() => Promise<void>> {
  const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = db.transaction().execute(async () => {
    locked.resolve()
    await released.promise
  })
  await locked.promise
  return async () => {
    released.resolve()
    await holding
  }
}

const line = (n: number): NewEvent => ({ kind: 'text', text: String(n), at: AT })
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const stored = async (db: Db, { job }: AttemptKey) =>
  (await eventsAfter(db, job, 0, 10_000)).map(({ text }) => Number(text))

/** What ends an attempt: the rest of its lines go with it. */
async function close({ db, journal }: World, key: AttemptKey): Promise<void> {
  const unstored = await journal.close(key)
  await db.transaction().execute(trx => storeReport(trx, key, unstored))
}

test('lines are stored in their order, and those that come together in one commit', async () => {
  const world = await setUp()
  for (const n of numbers(1, 150)) void world.journal.append(A, line(n))
  await eventually(async () => expect(await stored(world.db, A)).toEqual(numbers(1, 150)))
  expect(world.commits()).toBe(1)
})

test('a reader is told of every group', async () => {
  const { journal, wakeup } = await setUp()
  const hints = wakeup.listen(A.job)
  void journal.append(A, line(1))
  await hints.next(5000, AbortSignal.timeout(5000))
  hints.close()
})

test('whenever attempts write and end, each line is stored once and in order', async () => {
  // What happens after each line of an attempt: mostly the next one, else a turn of the loop or a group's time.
  const pause = fc.constantFrom(...Array<number>(60).fill(-1), 0, 0, 26)
  const pauses = fc.array(pause, { minLength: 1, maxLength: 500, size: 'max' })
  await fc.assert(
    fc.asyncProperty(pauses, pauses, async (ofA, ofB) => {
      const world = await setUp()
      const write = async (key: AttemptKey, pauses: number[]) => {
        for (const [i, ms] of pauses.entries()) {
          await world.journal.append(key, line(i + 1))
          if (ms >= 0) await new Promise(resolve => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)))
        }
        await close(world, key)
      }
      await Promise.all([write(A, ofA), write(B, ofB)])
      expect(await stored(world.db, A)).toEqual(numbers(1, ofA.length))
      expect(await stored(world.db, B)).toEqual(numbers(1, ofB.length))
    }),
    { numRuns: 8 },
  )
})

test('a process is recorded with the lines that follow it', async () => {
  const { db, journal } = await setUp()
  journal.spawned(A, { pid: 4711, pidStart: 'then', session: `c-${A.job}`, nativeSession: 'uuid-1' })
  await eventually(async () => expect(await findNativeSession(db, `c-${A.job}`)).toBe('uuid-1'))
  const attempt = await db.selectFrom('attempt').select('pid').where('job', '=', A.job).executeTakeFirstOrThrow()
  expect(attempt.pid).toBe(4711)
})

test('lines that the database does not take are kept, held up, and stored once it does', async () => {
  const { db, journal, log, lock } = await setUp()
  const release = await lock()
  const waits = numbers(1, 1000).map(n => journal.append(A, line(n)))
  expect(waits.slice(0, 999).every(wait => wait === undefined)).toBe(true)
  expect(waits[999]).toBeInstanceOf(Promise) // the agent's output is not read on
  await eventually(() => expect(log()).toContain('log lines could not be stored; trying again'))
  void journal.append(A, line(1001))
  await release()
  await eventually(async () => expect(await stored(db, A)).toEqual(numbers(1, 1001)))
  expect(journal.append(A, line(1002))).toBeUndefined()
  await eventually(async () => expect(await stored(db, A)).toHaveLength(1002))
  expect(log().match(/log lines are stored again/g)).toHaveLength(1)
})

test('long lines hold the agent up long before there are a thousand, and go to the disk a few at a time', async () => {
  const { db, journal, commits } = await setUp()
  const long = (n: number): NewEvent => ({ kind: 'text', text: String(n).padEnd(1024 * 1024), at: AT })
  const write = { kind: 'tool_use' as const, text: '8', tool: 'Write', input: 'x'.repeat(1024 * 1024), at: AT }
  const waits = [...numbers(1, 7).map(n => journal.append(A, long(n))), journal.append(A, write)]
  expect(waits.slice(0, 7).every(wait => wait === undefined)).toBe(true)
  await waits[7]
  expect(await stored(db, A)).toEqual(numbers(1, 8))
  expect(commits()).toBe(4)
})

test('lines that the database does not take go with the end of their attempt', async () => {
  const world = await setUp()
  const release = await world.lock()
  world.journal.spawned(A, { pid: 4711, pidStart: 'then', session: `c-${A.job}`, nativeSession: 'uuid-1' })
  for (const n of numbers(1, 300)) void world.journal.append(A, line(n))
  await eventually(() => expect(world.log()).toContain('could not be stored'))
  await release()
  await close(world, A)
  expect(await stored(world.db, A)).toEqual(numbers(1, 300))
  expect(await findNativeSession(world.db, `c-${A.job}`)).toBe('uuid-1')
  void world.journal.append(B, line(1))
  await eventually(async () => expect(await stored(world.db, B)).toEqual([1]))
  expect(await stored(world.db, A)).toEqual(numbers(1, 300))
})

test('lines that are under way when their attempt ends go with its end if they do not arrive', async () => {
  const { journal, lock, atCommit } = await setUp()
  const release = await lock()
  const closing = Promise.withResolvers<Unstored>()
  atCommit(() => void closing.resolve(journal.close(A)))
  for (const n of numbers(1, 300)) void journal.append(A, line(n))
  const { events } = await closing.promise
  expect(events.map(({ text }) => Number(text))).toEqual(numbers(1, 300))
  await release()
})

test('an attempt that is ours no longer gets no line more, and its runner is told', async () => {
  const { db, journal, lost } = await setUp()
  await endAttempt(
    db,
    A,
    'me',
    { kind: 'interrupted', cause: 'crash', why: 'taken over' },
    { costUsd: 0, usage: null },
    AT,
  )
  void journal.append(A, line(1))
  void journal.append(B, line(1))
  await eventually(async () => expect(await stored(db, B)).toEqual([1]))
  expect(lost).toEqual([A])
  expect(await stored(db, A)).toEqual([])
})
