import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/connect.ts'
import {
  beginPosting,
  findDelivery,
  holdsOwed,
  jobAtPost,
  markFailed,
  markSent,
  owe,
  owedKeys,
  releaseOwed,
  takeOwed,
} from '../../src/db/delivery.ts'
import { keepAlive } from '../../src/db/server.ts'

const AT = '2026-11-21T10:00:00.000Z'
const TARGET = { place: 'channel:test:one', thread: null }

async function open() {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const oweIt = (key: string, step = 'card', at = AT) =>
    owe(db, { key, target: TARGET, order: 1, step, body: null, at })
  return { db, oweIt }
}

test('a key is owed once, whatever is said later', async () => {
  const { db, oweIt } = await open()
  await oweIt('a/card')
  await oweIt('a/card', 'result')
  expect(await findDelivery(db, 'a/card')).toMatchObject({
    step: 'card',
    state: 'pending',
    target: JSON.stringify(TARGET),
  })
  expect(await findDelivery(db, 'b/card')).toBeNull()
})

test('a post goes from owed over posting to sent, and no way back', async () => {
  const { db, oweIt } = await open()
  await oweIt('a/card')
  expect(await markSent(db, 'a/card', ['p1'])).toBe(false) // it was never begun
  expect(await beginPosting(db, 'a/card', TARGET, { text: 'hello' })).toBe(true)
  expect(await beginPosting(db, 'a/card', TARGET, { text: 'hello' })).toBe(true) // a further try
  expect(await markSent(db, 'a/card', ['p1'])).toBe(true)
  expect(await beginPosting(db, 'a/card', TARGET, { text: 'again' })).toBe(false)
  expect(await markFailed(db, 'a/card', 'late')).toBe(false)
  expect(await findDelivery(db, 'a/card')).toMatchObject({
    state: 'sent',
    platform_ids: '["p1"]',
    body: '{"text":"hello"}',
    error: null,
  })
})

test('a post that is given up keeps the reason', async () => {
  const { db, oweIt } = await open()
  await oweIt('a/card')
  expect(await markFailed(db, 'a/card', 'the chat is down')).toBe(true)
  expect(await findDelivery(db, 'a/card')).toMatchObject({ state: 'failed', error: 'the chat is down' })
})

test('what is owed is found by its step, oldest first', async () => {
  const { db, oweIt } = await open()
  await oweIt('late/result', 'result', '2026-11-21T11:00:00.000Z')
  for (const key of ['a', 'b', 'c', 'd']) await oweIt(`${key}/result`, 'result')
  await oweIt('a/card')
  for (const key of ['b/result', 'c/result']) await beginPosting(db, key, TARGET, {})
  await markSent(db, 'c/result', ['p1'])
  await markFailed(db, 'd/result', 'no')
  expect(await owedKeys(db, 'result', 'me')).toEqual(['a/result', 'b/result', 'late/result'])
})

test('looking for what is owed does not read what was sent', async () => {
  const { db } = await open()
  const compiled =
    "select key from delivery where state <> 'sent' and state <> 'failed' and step = 'result' order by created_at"
  const plan = await sql<{ detail: string }>`explain query plan ${sql.raw(compiled)}`.execute(db)
  expect(plan.rows.map(row => row.detail).join()).toContain('delivery_owed')
})

test('a post is of the job whose key it has, and finding it reads no other posts', async () => {
  const { db, oweIt } = await open()
  for (const [key, post] of [
    ['4x7k2m9q/result.2', 'c/1'],
    ['schedule-k3x9m2p4/failing-1', 'c/2'],
  ] as const) {
    await oweIt(key)
    await beginPosting(db, key, TARGET, {})
    await markSent(db, key, [post])
  }
  const jobs = await Promise.all(['c/1', 'c/2', 'c/3'].map(post => jobAtPost(db, post)))
  expect(jobs).toEqual(['4x7k2m9q', null, null])
  const plan = await sql<{
    detail: string
  }>`explain query plan select key from delivery where platform_ids = ${'["c/1"]'}`.execute(db)
  expect(plan.rows.map(row => row.detail).join()).toContain('delivery_post')
})

test('what one process has taken another one gets when that is dead, or has released it', async () => {
  const { db, oweIt } = await open()
  const live = (owner: string, ms: number) => keepAlive(db, { owner, host: 'here', pid: 1, pidStart: null }, ms)
  await oweIt('a/result', 'result')
  await live('one', 60_000)
  expect(await takeOwed(db, 'a/result', 'one')).toBe(true)
  expect([await takeOwed(db, 'a/result', 'two'), await owedKeys(db, 'result', 'two')]).toEqual([false, []])
  expect([await holdsOwed(db, 'a/result', 'one'), await holdsOwed(db, 'a/result', 'two')]).toEqual([true, false])
  await live('one', -1000)
  expect(await owedKeys(db, 'result', 'two')).toEqual(['a/result'])
  expect(await takeOwed(db, 'a/result', 'two')).toBe(true)
  await live('two', 60_000)
  await releaseOwed(db, 'two')
  expect(await takeOwed(db, 'a/result', 'one')).toBe(true)
})
