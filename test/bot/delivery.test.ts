import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createOutbox } from '../../src/bot/delivery.ts'
import type { Message } from '../../src/bot/platform.ts'
import { systemClock } from '../../src/clock.ts'
import { groupCommit } from '../../src/db/commit.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { beginPosting, findDelivery } from '../../src/db/delivery.ts'
import { UserError } from '../../src/errors.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { eventually } from '../support/eventually.ts'

const TARGET = { place: 'channel:test:one', thread: null }
const CARD: Message = { step: 'card', text: 'hello' }

async function open() {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const [platform, clock, { log, lines }] = [createFakePlatform(), createFakeClock(), createFakeLog()]
  const stop = new AbortController()
  const restart = () => createOutbox({ db, commit: groupCommit(db), platform, clock, log, signal: stop.signal })
  return { db, platform, clock, lines, stop, restart, outbox: restart() }
}

test('a key is posted once, and later calls get the post that stands', async () => {
  const { db, platform, outbox } = await open()
  const first = await outbox.deliver('a/card', TARGET, 1, CARD)
  expect(first).toEqual({ ref: 'p1', shown: CARD })
  expect(await outbox.deliver('a/card', TARGET, 1, { ...CARD, text: 'other' })).toEqual({ ref: 'p1', shown: null })
  expect(platform.posts).toMatchObject([{ key: 'a/card', message: CARD }])
  expect(await findDelivery(db, 'a/card')).toMatchObject({ state: 'sent', platform_ids: '["p1"]', order: 1 })
})

test('two calls at the same time make one post', async () => {
  const { platform, outbox } = await open()
  const both = [outbox.deliver('a/card', TARGET, 1, CARD), outbox.deliver('a/card', TARGET, 1, CARD)]
  expect((await Promise.all(both)).map(delivered => delivered?.ref)).toEqual(['p1', 'p1'])
  expect(platform.posts).toHaveLength(1)
})

test('a post that failed is tried again after a pause', async () => {
  const { platform, clock, outbox, lines } = await open()
  platform.failPosts('refused', 'refused')
  const delivered = outbox.deliver('a/card', TARGET, 1, CARD)
  await clock.advance(999)
  expect(lines).toHaveLength(1)
  await clock.advance(4001)
  expect(await delivered).toEqual({ ref: 'p1', shown: CARD })
  expect(lines.map(line => line.delivery)).toEqual(['a/card', 'a/card'])
})

test('a post that the person refuses is given up at once, and is no fault', async () => {
  const { db, platform, outbox, lines } = await open()
  platform.post = async () => {
    throw new UserError('Ann takes no direct messages from me.')
  }
  expect(await outbox.deliver('a/note', TARGET, 1, CARD)).toBeNull()
  expect(await findDelivery(db, 'a/note')).toMatchObject({ state: 'failed' })
  expect(lines).toMatchObject([{ level: 40, msg: 'Ann takes no direct messages from me.' }])
})

test('a post that was made although it seemed to fail is not made again', async () => {
  const { platform, clock, outbox } = await open()
  platform.failPosts('unsure')
  const delivered = outbox.deliver('a/card', TARGET, 1, CARD)
  await clock.advance(1000)
  expect(await delivered).toEqual({ ref: 'p1', shown: null })
  expect(platform.posts).toHaveLength(1)
})

test('a post that a crash left unconfirmed is looked for before it is made', async () => {
  const { db, platform, outbox, restart } = await open()
  await outbox.owe('a/card', TARGET, 1, 'card')
  await beginPosting(db, 'a/card', TARGET, CARD)
  await platform.post(TARGET, CARD, 'a/card') // and here the process died
  expect(await restart().deliver('a/card', TARGET, 1, CARD)).toEqual({ ref: 'p1', shown: null })

  await outbox.owe('b/card', TARGET, 1, 'card')
  await beginPosting(db, 'b/card', TARGET, CARD) // here it died before the post
  expect(await restart().deliver('b/card', TARGET, 1, CARD)).toEqual({ ref: 'p2', shown: CARD })
  expect(platform.posts.map(post => post.key)).toEqual(['a/card', 'b/card'])
})

test('a chat that stays down is given up, once and with the reason', async () => {
  const { db, platform, clock, outbox, lines } = await open()
  platform.failPosts(...Array<'refused'>(5).fill('refused'))
  const delivered = outbox.deliver('a/card', TARGET, 1, CARD)
  await clock.advance(80_000)
  expect(await delivered).toBeNull()
  expect(await findDelivery(db, 'a/card')).toMatchObject({ state: 'failed', error: 'the chat is down' })
  expect(lines.at(-1)).toMatchObject({ msg: 'a post was given up', delivery: 'a/card' })
  expect(await outbox.deliver('a/card', TARGET, 1, CARD)).toBeNull()
  expect(platform.posts).toEqual([])
})

test('a stop ends the waiting, and the next process posts', async () => {
  const { db, platform, clock, stop, outbox } = await open()
  platform.failPosts('refused')
  const delivered = outbox.deliver('a/card', TARGET, 1, CARD)
  await clock.advance(10)
  stop.abort()
  expect(await delivered).toBeNull()
  expect(await findDelivery(db, 'a/card')).toMatchObject({ state: 'posting' })
})

test('a post is made once the database, which another program had locked, takes its row', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'errand-delivery-'))
  const url = `sqlite:${join(dir, 'errand.db')}`
  const [db, other] = [await openDatabase(url), await openDatabase(url)]
  onTestFinished(async () => {
    await db.destroy()
    await other.destroy()
    await rm(dir, { recursive: true })
  })
  const [platform, { log, lines }] = [createFakePlatform(), createFakeLog()]
  const outbox = createOutbox({
    ...{ db, commit: groupCommit(db, 50), platform, clock: systemClock, log },
    signal: AbortSignal.timeout(10_000),
  })
  const posted = await other.transaction().execute(async () => {
    const delivering = outbox.deliver('a/card', TARGET, 1, CARD)
    await eventually(() => expect(lines).not.toEqual([]))
    return [delivering]
  })
  expect(await posted[0]).toEqual({ ref: 'p1', shown: CARD })
})

test('a post that is owed no more is not made, and one that stands stays known', async () => {
  const { db, outbox } = await open()
  await outbox.owe('a/result', TARGET, 3, 'result')
  await outbox.deliver('a/card', TARGET, 1, CARD)
  for (const key of ['a/result', 'a/card']) await outbox.forgive(key)
  expect(await findDelivery(db, 'a/result')).toBeNull()
  expect(await findDelivery(db, 'a/card')).toMatchObject({ state: 'sent' })
})
