import { expect, test } from 'vitest'
import type { AgentEnd } from '../../../src/engine/agent.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, toEnd } from '../../support/world.ts'
import { DONE, MINUTE, refused, worldWith } from './refusals.ts'

test('fifty jobs wait for the reset of the window, each told once, and go on in their sessions', async () => {
  const resetsAt = new Date('2026-11-21T14:00:00.000Z')
  const site = await worldWith(n => (n <= 50 ? refused({ resetsAt }) : DONE), { slots: 50, together: 50 })
  await using _ = site.world
  const ids = await site.submit(50)
  await site.allAre(ids, 'queued', 50)
  const [later = ''] = await site.submit(1)
  await site.clock.advance(1000) // the queue is looked at once a second
  expect(await site.engine.job(later)).toMatchObject({
    ...{ position: null, estimateSeconds: 4 * 3600 - 1 },
    reason: "Claude's usage limit is reached until 14:00 UTC; it goes on by itself",
  })
  await site.clock.advance(239 * MINUTE)
  await new Promise(resolve => setTimeout(resolve, 1100)) // the queue was looked at
  expect(site.runs()).toBe(50)
  await site.clock.advance(MINUTE)
  await site.allAre([...ids, later], 'succeeded', 101)
  expect(site.sessions.slice(50).filter(session => session !== null)).toHaveLength(50)
  const { events } = await toEnd(site.engine, ids[7] ?? '')
  expect(events.filter(({ status }) => status === 'queued').map(({ text }) => text)).toEqual([
    'queued',
    "Claude's usage limit is reached until 14:00 UTC; this goes on by itself",
  ])
})

test('without a known reset one job tries again, after waits that grow, before the others follow, and all say so at once', async () => {
  const site = await worldWith(n => (n <= 5 ? refused({}) : DONE), { slots: 4, together: 4 })
  await using _ = site.world
  const ids = await site.submit(6)
  await site.allAre(ids, 'queued', 4)
  expect((await site.engine.job(ids[5] ?? ''))?.reason).toMatch(
    /^Claude's usage limit is reached; trying again at 10:0[56] UTC; it goes on by itself$/,
  )
  await site.clock.advance(6 * MINUTE + 1)
  await site.allAre(ids, 'queued', 5) // the one that tried was refused, for twice as long
  expect((await site.db.selectFrom('pause').selectAll().execute())[0]).toMatchObject({ kind: 'usage', tries: 2 })
  await site.clock.advance(12 * MINUTE + 1)
  await site.allAre(ids, 'succeeded', 11)
  expect(await site.db.selectFrom('pause').selectAll().execute()).toEqual([])
})

test('a refused account fails one job, keeps the others, tells the admins once, and a restart tries it anew', async () => {
  const bad = refused({ failure: 'auth', message: 'Claude refused the account of this server.' })
  delete (bad as { hold?: string }).hold
  const site = await worldWith(n => (n <= 3 ? bad : DONE), {
    slots: 3,
    together: 3,
    adminUsers: ['user:slack:U1', 'user:discord:102'],
  })
  await using _ = site.world
  await site.engine.setRole('user:discord:7', 'admin', ANN)
  await site.engine.setRole('user:discord:8', 'operator', ANN)
  const ids = await site.submit(8)
  await eventually(async () => {
    const statuses = (await Promise.all(ids.map(id => site.engine.job(id)))).map(view => view?.status)
    expect(statuses.filter(status => status === 'failed')).toHaveLength(1)
    expect(statuses.filter(status => status === 'queued')).toHaveLength(7)
  })
  const owed = await site.db.selectFrom('delivery').select(['target', 'body']).where('step', '=', 'alert').execute()
  expect(owed.map(({ target }) => JSON.parse(target).place)).toEqual([
    'user:slack:U1',
    'user:discord:102',
    'user:discord:7',
  ])
  expect(owed[0]?.body).toContain('Until then I start no job.')
  await site.world.restart()
  await eventually(async () => {
    const { jobs } = await site.engine.jobs({ status: 'succeeded', limit: 9 })
    expect(jobs).toHaveLength(7)
  })
})

test('a person may let one job try before a pause is over, and the others follow it', async () => {
  const site = await worldWith(n => (n <= 2 ? refused({}) : DONE), { slots: 2, together: 2 })
  await using _ = site.world
  const ids = await site.submit(4)
  await site.allAre(ids, 'queued', 2)
  expect((await site.engine.standstills()).map(({ words }) => words)).toEqual([
    expect.stringMatching(/^Claude's usage limit is reached; trying again at 10:0[56] UTC$/),
  ])
  await site.engine.tryNow('usage', ANN)
  expect(await site.engine.standstills()).toEqual([])
  await site.allAre(ids, 'succeeded', 6)
})

test('while one job tries whether a pause is over, the others say that they wait for it', async () => {
  const { promise: end, resolve: endTry } = Promise.withResolvers<AgentEnd>()
  const site = await worldWith(n => (n <= 2 ? refused({}) : end), { slots: 2, together: 2 })
  await using _ = site.world
  const ids = await site.submit(4)
  await site.allAre(ids, 'queued', 2)
  await site.engine.tryNow('usage', ANN)
  await eventually(() => expect(site.runs()).toBe(3))
  await site.clock.advance(1000)
  const views = await Promise.all(ids.map(id => site.engine.job(id)))
  const waiting = views.filter(view => view?.status === 'queued')
  expect(waiting.map(view => [view?.position, view?.estimateSeconds, view?.reason])).toEqual(
    Array(3).fill([
      ...[null, null],
      "Claude's usage limit is reached; one job is trying whether that is over; it goes on by itself",
    ]),
  )
  endTry(DONE)
  await site.allAre(ids, 'succeeded', 6)
})

test('once a call of the job that tries is answered the others follow, and if they are refused the waits grow on', async () => {
  const { promise: end, resolve: endTry } = Promise.withResolvers<AgentEnd>()
  const ends = (n: number) => (n === 3 ? end : n <= 4 ? refused({}) : DONE)
  const site = await worldWith(ends, { slots: 2, together: 2, calls: [3] })
  await using _ = site.world
  const ids = await site.submit(4)
  await site.allAre(ids, 'queued', 2)
  await site.engine.tryNow('usage', ANN)
  await eventually(() => expect(site.runs()).toBe(4)) // the third goes on
  const pauses = () => site.db.selectFrom('pause').select(['kind', 'tries']).execute()
  await eventually(async () => expect(await pauses()).toEqual([{ kind: 'usage', tries: 2 }]))
  await site.engine.tryNow('usage', ANN)
  endTry(DONE)
  await site.allAre(ids, 'succeeded', 7)
  expect(await pauses()).toEqual([])
})

test('overload stops new starts for a moment, and then half of the slots for a while', async () => {
  const overloaded = refused({ failure: 'api_error', hold: 'overload' })
  const { promise: end, resolve: endAll } = Promise.withResolvers<void>()
  const slow = (n: number) => (n <= 2 ? DONE : end.then(() => DONE))
  const site = await worldWith(n => (n === 1 ? overloaded : slow(n)), { slots: 4, together: 1 })
  await using _ = site.world
  const [id = ''] = await site.submit(1)
  await site.allAre([id], 'queued', 1)
  await site.clock.advance(1000)
  expect((await site.engine.job(id))?.reason).toContain('Claude is overloaded; trying again at 10:00 UTC')
  await site.clock.advance(37_000)
  await site.allAre([id], 'succeeded', 2) // which does not yet raise the pool
  const more = await site.submit(6)
  await eventually(() => expect(site.runs()).toBe(4))
  await site.clock.advance(MINUTE)
  await new Promise(resolve => setTimeout(resolve, 1100)) // the queue was looked at
  expect(site.runs()).toBe(4)
  const views = await Promise.all(more.map(id => site.engine.job(id)))
  expect(views.find(view => view?.position === 4)?.reason).toMatch(
    /^all 2 slots are busy \(fewer than usual since Claude was overloaded/,
  )
  await site.clock.advance(4 * MINUTE)
  await eventually(() => expect(site.runs()).toBe(6))
  endAll()
  await site.allAre(more, 'succeeded', 8)
  expect(await site.db.selectFrom('pause').selectAll().execute()).toEqual([])
})
