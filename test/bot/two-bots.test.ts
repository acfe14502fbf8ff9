import { hostname } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../src/bot/bot.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { takeInbound } from '../../src/db/inbound.ts'
import { keepAlive } from '../../src/db/server.ts'
import { createFakeClock, quiet } from '../fakes/clock.ts'
import { createFakeEngine } from '../fakes/engine.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { INSTRUCTIONS } from './brief.ts'

const ID = 'test0001'
const RUNNING = { status: 'running' as const, attempt: 1, position: null, startedAt: '2026-11-21T10:00:00.000Z' }
const DONE = { status: 'succeeded' as const, result: 'Fine.', finishedAt: '2026-11-21T10:00:11.000Z' }

/** Two processes on one database and one chat, each of which says that it lives; the first one has been asked. */
async function begin() {
  const db = await openDatabase('sqlite::memory:')
  const clock = createFakeClock()
  const engine = createFakeEngine({ db, clock, instructions: INSTRUCTIONS })
  const chat = createFakePlatform({ editsPerMinute: Number.POSITIVE_INFINITY })
  const { log, lines } = createFakeLog()
  const connect = async (owner: string) => {
    await live(owner)
    const redact = (text: string) => text
    const bot = createBot({ engine, owner, db, platforms: [{ ...chat }], clock, log, redact })
    await bot.start()
    await quiet()
    return bot
  }
  const live = (owner: string, ms = 60_000) =>
    keepAlive(db, { owner, host: hostname(), pid: process.pid, pidStart: null }, ms)
  const first = await connect('first')
  await chat.ask('errand brief Winter tyres')
  await quiet()
  await engine.change(ID, RUNNING)
  await quiet()
  const second = await connect('second')
  onTestFinished(async () => {
    await Promise.all([first.stop(), second.stop()])
    await db.destroy()
  })
  return { db, clock, engine, chat, lines, first, second, live }
}

test('a thread is told by one of two processes', async () => {
  const { engine, chat, clock } = await begin()
  const before = chat.posts[0]?.edits.length
  await engine.say(ID, { kind: 'tool_use', text: 'reading notes.md' })
  await clock.advance(5000)
  await engine.change(ID, DONE)
  await clock.advance(5000)
  expect(chat.posts.map(({ key }) => key)).toEqual([`${ID}/card`, `${ID}/progress`, `${ID}/result`])
  expect(chat.posts[0]?.edits).toHaveLength(Number(before) + 2) // the step and the end, each once
})

test('a process that stops leaves its threads to the other one, which goes on at once', async () => {
  const { engine, chat, clock, first } = await begin()
  await engine.say(ID, { kind: 'tool_use', text: 'reading notes.md' })
  await quiet()
  await first.stop()
  await clock.advance(1000)
  await engine.say(ID, { kind: 'tool_use', text: 'writing brief.md' })
  await quiet()
  expect(chat.posts[1]?.message.text).toBe('writing brief.md')
  await engine.change(ID, DONE)
  await quiet()
  expect(chat.posts.map(({ key }) => key)).toEqual([`${ID}/card`, `${ID}/progress`, `${ID}/result`])
})

test('a process that slept for too long tells nothing more of what another one tells by now', async () => {
  const { engine, chat, clock, live } = await begin()
  await live('first', -1000)
  await clock.advance(1000)
  await live('first') // it is awake again
  await engine.say(ID, { kind: 'tool_use', text: 'writing brief.md' })
  await engine.change(ID, DONE)
  await clock.advance(5000)
  expect(chat.posts.map(({ key }) => key)).toEqual([`${ID}/card`, `${ID}/progress`, `${ID}/result`])
  expect(chat.posts[0]?.message.text).toBe('`brief · Winter tyres` — done')
})

test('a request that a living process answers is not taken for a cut off one', async () => {
  const { db, chat, clock, live } = await begin()
  const body = { text: 'brief x', actor: 'user:test:ann', actorName: 'ann', place: 'channel:test:one', thread: null }
  await takeInbound(db, { platform: 'test', key: 'r9', body, at: '2026-11-21T10:00:00.000Z', owner: 'third' })
  await live('third')
  await clock.advance(2000)
  expect(chat.whispers).toEqual([])
  await live('third', -1000)
  await clock.advance(2000)
  expect(chat.whispers).toEqual([expect.stringContaining('I was restarted while I took up `brief x`')])
})
