import { get, type IncomingMessage } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Db, openDatabase } from '../../../src/db/connect.ts'
import { storeJob } from '../../contracts/database.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createFakeEngine, type FakeEngine, jobView } from '../../fakes/engine.ts'
import { adminOf, listening, TOKEN } from '../../support/admin.ts'
import { instructionsOf } from '../../support/world.ts'

const ID = '4x7k2m9q'

async function makeLive(): Promise<{ engine: FakeEngine; url: string; stop(): Promise<void> }> {
  const db: Db = await openDatabase('sqlite::memory:')
  await storeJob(db, ID)
  const engine = createFakeEngine({ db, clock: createFakeClock(), instructions: instructionsOf({}) })
  engine.add(jobView({ id: ID, status: 'running' }))
  const server = await listening(
    adminOf({
      db,
      engine: { ...engine, owner: 'me', start: async () => {}, stop: async () => {}, hurry: async () => {} },
    }),
  )
  onTestFinished(async () => {
    await server.stop()
    await db.destroy()
  })
  return { engine, stop: server.stop, url: `${server.url}/api/jobs/${ID}/logs` }
}

const request = (url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${TOKEN}`, ...headers }, agent: false }, resolve).on('error', reject)
  })

type Message = { id: number; event: string; data: string }

/** The messages of a stream as they come, comments left out. */
async function* messagesOf(response: IncomingMessage): AsyncGenerator<Message> {
  let rest = ''
  for await (const chunk of response) {
    const parts = (rest + chunk).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts.filter(text => !text.startsWith(':'))) {
      const field = (name: string) =>
        part
          .split('\n')
          .filter(line => line.startsWith(`${name}: `))
          .map(line => line.slice(name.length + 2))
          .join('\n')
      yield { id: Number(field('id')), event: field('event'), data: field('data') }
    }
  }
}

async function readAll(response: IncomingMessage): Promise<Message[]> {
  const messages: Message[] = []
  for await (const message of messagesOf(response)) messages.push(message)
  return messages
}

const numbersOf = (messages: Message[]): number[] =>
  messages.filter(({ event }) => event !== 'done').map(({ id }) => id)
const upTo = (n: number, from = 1): number[] => Array.from({ length: n - from + 1 }, (_, i) => from + i)
const say = async (engine: FakeEngine, from: number, to: number) => {
  for (const n of upTo(to, from)) await engine.say(ID, { kind: 'text', text: `line ${n}` })
}

test('a reader gets what is stored, then what comes, and the job at the end', async () => {
  const { engine, url } = await makeLive()
  await say(engine, 1, 450)
  const response = await request(url)
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  })
  const reading = readAll(response)
  await say(engine, 451, 500)
  await engine.change(ID, { status: 'succeeded', result: 'All\nof it' })
  const messages = await reading
  expect(numbersOf(messages)).toEqual(upTo(501))
  expect(JSON.parse(messages[9]?.data ?? '')).toMatchObject({ seq: 10, kind: 'text', text: 'line 10', attempt: 0 })
  expect(messages.at(-2)).toMatchObject({ event: 'status', id: 501 })
  expect(messages.at(-1)?.event).toBe('done')
  expect(JSON.parse(messages.at(-1)?.data ?? '')).toMatchObject({ id: ID, status: 'succeeded', result: 'All\nof it' })
})

test('readers who come at any time, each after another line, miss nothing and get nothing twice', async () => {
  const { engine, url } = await makeLive()
  const readers: Promise<{ after: number; messages: Message[] }>[] = []
  const writing = say(engine, 1, 600)
  for (let n = 0; n < 20; n += 1) {
    await delay(3)
    const after = n * 7
    readers.push(
      request(`${url}?after=${after}`).then(async response => ({ after, messages: await readAll(response) })),
    )
  }
  await writing
  await engine.change(ID, { status: 'failed' })
  for (const { after, messages } of await Promise.all(readers))
    expect(numbersOf(messages)).toEqual(upTo(601, after + 1))
})

test('a reader that comes again goes on after its last line', async () => {
  const { engine, url } = await makeLive()
  await say(engine, 1, 10)
  const first = await request(url)
  const seen: number[] = []
  for await (const { id } of messagesOf(first)) {
    seen.push(id)
    if (id === 6) break // leaves in the middle, as a dropped connection does
  }
  await engine.change(ID, { status: 'cancelled' })
  const rest = await readAll(await request(`${url}?after=2`, { 'last-event-id': String(seen.at(-1)) }))
  expect([...seen, ...numbersOf(rest)]).toEqual(upTo(11))
})

test('after the end a stream gives everything at once, and nothing but the end to who has it all', async () => {
  const { engine, url } = await makeLive()
  await say(engine, 1, 3)
  await engine.change(ID, { status: 'succeeded' })
  expect(numbersOf(await readAll(await request(url)))).toEqual(upTo(4))
  expect((await readAll(await request(`${url}?after=4`))).map(({ event }) => event)).toEqual(['done'])
  expect((await readAll(await request(`${url}?after=99`))).map(({ event }) => event)).toEqual(['done'])
})

test('what the agent is writing is shown until it is a line', async () => {
  const { engine, url } = await makeLive()
  const reading = messagesOf(await request(url))
  engine.write(ID, 'Once upon')
  expect((await reading.next()).value).toMatchObject({ event: 'partial', data: '{"text":"Once upon"}' })
  engine.write(ID, '')
  expect((await reading.next()).value).toMatchObject({ event: 'partial', data: '{"text":""}' })
})

test('lines come live as a file of JSON lines too', async () => {
  const { engine, url } = await makeLive()
  await say(engine, 1, 2)
  const response = await request(`${url}?format=ndjson`)
  const text = textOf(response)
  await say(engine, 3, 4)
  await engine.change(ID, { status: 'succeeded' })
  const lines = (await text).trimEnd().split('\n')
  expect(lines.map(line => (JSON.parse(line) as { seq: number }).seq)).toEqual(upTo(5))
})

test('100 readers that take nothing are dropped at the bound, and one that reads is not held up', async () => {
  const { engine, url } = await makeLive()
  const slow = await Promise.all(Array.from({ length: 100 }, () => request(url)))
  for (const response of slow) response.pause().on('error', () => {}) // being dropped is what is looked for
  const reading = messagesOf(await request(url))
  const text = 'x'.repeat(256 * 1024)
  for (let n = 1; n <= 40; n += 1) {
    await engine.say(ID, { kind: 'text', text })
    expect((await reading.next()).value).toMatchObject({ id: n })
  }
  await engine.change(ID, { status: 'succeeded' })
  const dropped = slow.map(
    response => new Promise(resolve => response.resume().on('close', () => resolve(response.complete))),
  )
  expect(new Set(await Promise.all(dropped))).toEqual(new Set([false]))
})

test('who asks for the head of a stream alone has it at once, and nothing is written after it', async () => {
  const { url } = await makeLive()
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => complaints.mockRestore())
  const response = await fetch(url, { method: 'HEAD', headers: { authorization: `Bearer ${TOKEN}` } })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  expect(complaints).not.toHaveBeenCalled()
})

test('a server that stops ends its streams at once, without calling it the end of the job', async () => {
  const { engine, url, stop } = await makeLive()
  await say(engine, 1, 1)
  const reading = messagesOf(await request(url))
  expect((await reading.next()).value).toMatchObject({ id: 1 })
  await stop()
  expect(await reading.next()).toMatchObject({ done: true })
})
