import { expect, onTestFinished, test } from 'vitest'
import { type Db, openDatabase } from '../../src/db/connect.ts'
import { type Closed, dequeue, enqueue, SCHEDULE_PRIORITY } from '../../src/db/queue.ts'
import { fairOrder } from '../../src/engine/fair.ts'
import { storeJob } from '../contracts/database.ts'
import { randomFrom } from '../faults/random.ts'

const MINUTE = 60_000
const START = Date.parse('2026-11-21T10:00:00.000Z')
const OPEN: Closed = { actor: [], place: [], instruction: [] }
const PLACE = { place: 'channel:slack:C1', instruction: 'brief' }

async function open(): Promise<Db> {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  return db
}

type Wish = { id: string; actor: string; minute: number; priority?: number; instruction?: string }

async function ask(db: Db, { id, minute, priority = 0, ...job }: Wish): Promise<void> {
  await storeJob(db, id)
  await enqueue(db, { ...PLACE, ...job, id, priority }, new Date(START + minute * MINUTE))
}

async function orderOf(db: Db, minute: number, running: Record<string, number> = {}, closed = OPEN): Promise<string[]> {
  const order: string[] = []
  const state = { now: new Date(START + minute * MINUTE), running: new Map(Object.entries(running)), closed }
  for await (const { headJob: id } of fairOrder(db, state)) order.push(id)
  return order
}

test('who has fewer running goes first, then who has waited longer', async () => {
  const db = await open()
  for (const [i, actor] of ['ann', 'ann', 'ann', 'ben', 'cyd'].entries())
    await ask(db, { id: `${actor}${i}`, actor, minute: i })
  expect(await orderOf(db, 9)).toEqual(['ann0', 'ben3', 'cyd4', 'ann1', 'ann2'])
  expect(await orderOf(db, 9, { ann: 1 })).toEqual(['ben3', 'cyd4', 'ann0', 'ann1', 'ann2'])
  expect(await orderOf(db, 9, { ann: 1, ben: 2, cyd: 1 })).toEqual(['ann0', 'cyd4', 'ann1', 'ben3', 'ann2'])
})

test('the order of an actor holds across instructions', async () => {
  const db = await open()
  await ask(db, { id: 'a1', actor: 'ann', minute: 1, instruction: 'draft' })
  await ask(db, { id: 'a0', actor: 'ann', minute: 0 })
  await ask(db, { id: 'b2', actor: 'ben', minute: 2 })
  await ask(db, { id: 'a3', actor: 'ann', minute: 3 })
  expect(await orderOf(db, 9)).toEqual(['a0', 'b2', 'a1', 'a3'])
  expect(await orderOf(db, 9, {}, { ...OPEN, instruction: ['brief'] })).toEqual(['a1'])
})

test("people go before schedules, until a schedule's job has waited for half an hour", async () => {
  const db = await open()
  await ask(db, { id: 'tick', actor: 'schedule', minute: 0, priority: SCHEDULE_PRIORITY })
  await ask(db, { id: 'ann', actor: 'ann', minute: 20 })
  await ask(db, { id: 'ben', actor: 'ben', minute: 25 })
  expect(await orderOf(db, 29, { ann: 3 })).toEqual(['ben', 'ann', 'tick'])
  expect(await orderOf(db, 31, { ann: 3 })).toEqual(['ben', 'tick', 'ann'])
  expect(await orderOf(db, 31, { ann: 3, ben: 1 })).toEqual(['tick', 'ben', 'ann'])
})

test('an order of many lanes is read whole, while jobs leave the queue as it is read', async () => {
  const db = await open()
  for (let i = 0; i < 60; i += 1) await ask(db, { id: `job${i}`, actor: `user${i % 20}`, minute: i })
  const whole = await orderOf(db, 99)
  expect(new Set(whole).size).toBe(60)
  const taken: string[] = []
  for await (const { headJob: id } of fairOrder(db, { now: new Date(START), running: new Map(), closed: OPEN })) {
    taken.push(id)
    await dequeue(db, id)
  }
  expect(taken.length).toBe(60)
  expect(await orderOf(db, 99)).toEqual([])
})

test('in days of overload nothing starves, and a flood keeps nobody else from starting', async () => {
  const db = await open()
  const { waits, started, asked } = await simulate(db, { slots: 4, seed: 7 })
  expect(started).toBe(asked)
  const longest = (of: string) => Math.max(...waits.filter(({ actor }) => actor.startsWith(of)).map(({ wait }) => wait))
  expect(longest('flood')).toBeGreaterThan(24 * 60) // so much stands in the queue
  expect(longest('user')).toBeLessThan(4 * 60)
  expect(longest('slow')).toBeLessThan(5 * 60) // has one running nearly always, while newcomers have none
  expect(longest('schedule')).toBeLessThan(4 * 60)
})

/**
 * Three days, minute by minute: one actor asks for hundreds of jobs at once, one for long ones again and again, a schedule
 * for some every hour, and forty people for one now and then. Then it goes on until the queue is empty.
 */
async function simulate(db: Db, { slots, seed }: { slots: number; seed: number }) {
  const random = randomFrom(seed)
  const jobs = new Map<string, { actor: string; minute: number; lasts: number }>()
  let running: { actor: string; until: number }[] = []
  const waits: { actor: string; wait: number }[] = []
  const add = async (actor: string, minute: number, lasts: number, priority = 0) => {
    const id = `sim${String(jobs.size).padStart(5, '0')}`
    jobs.set(id, { actor, minute, lasts })
    await ask(db, { id, actor, minute, priority })
  }
  for (let minute = 0; minute < 3 * 1440 || waits.length < jobs.size; minute += 1) {
    if (minute === 5) for (let i = 0; i < 600; i += 1) await add('flood', minute, 8)
    if (minute < 3 * 1440) {
      if (minute % 120 === 0) for (let i = 0; i < 4; i += 1) await add('slow', minute, 30)
      if (minute % 60 === 0) for (let i = 0; i < 3; i += 1) await add('schedule', minute, 5, SCHEDULE_PRIORITY)
      if (random() < 0.3)
        await add(`user${Math.floor(random() * 40)}`, minute, 1 + random() * 9, random() < 0.2 ? -1 : 0)
    }
    running = running.filter(({ until }) => until > minute)
    if (running.length === slots) continue
    const counts = new Map<string, number>()
    for (const { actor } of running) counts.set(actor, (counts.get(actor) ?? 0) + 1)
    for await (const { headJob: id } of fairOrder(db, {
      now: new Date(START + minute * MINUTE),
      running: counts,
      closed: OPEN,
    })) {
      await dequeue(db, id)
      const job = jobs.get(id)
      if (!job) throw new Error(`${id} was never asked for`)
      waits.push({ actor: job.actor, wait: minute - job.minute })
      running.push({ actor: job.actor, until: minute + job.lasts })
      if (running.length === slots) break
    }
  }
  return { waits, started: waits.length, asked: jobs.size }
}
