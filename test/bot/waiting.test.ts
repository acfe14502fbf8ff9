import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../src/bot/bot.ts'
import { addSpent } from '../../src/db/ledger.ts'
import { setPause } from '../../src/db/pause.ts'
import type { Agent } from '../../src/engine/agent.ts'
import type { Origin } from '../../src/job.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { adminOf, asking } from '../support/admin.ts'
import { eventually } from '../support/eventually.ts'
import { makeWorld } from '../support/world.ts'

const MINUTE = 60_000
const GB = 1024 ** 3
const ANN: Origin = {
  ...{ platform: 'test', actor: 'user:test:ann', actorName: 'ann', place: 'channel:test:one', ref: null },
}
const source = '---\ndescription: Run\n---\nGo'

/** A server with one slot, whose agents end when the test says so; its chat is told of jobs from `tell` on. */
async function open() {
  const clock = createFakeClock()
  const free = { bytes: 99 * GB }
  const ends: (() => void)[] = []
  const agent: Agent = {
    name: 'fake',
    check: async () => {},
    openCommand: async () => '',
    heard: async () => [],
    run: async function* (_, signal) {
      yield { kind: 'spawned', pid: 0, nativeSession: 'session' }
      yield { kind: 'log', body: { kind: 'text', text: 'here' } }
      await new Promise<void>(resolve => {
        ends.push(resolve)
        signal.addEventListener('abort', () => resolve())
      })
      yield { kind: 'ended', end: { ok: true, answer: 'done', costUsd: 0, usage: null } }
    },
  }
  const instructions = { run: source, other: source }
  const world = await makeWorld({ instructions, agent, clock, slots: 1, freeMemory: () => free.bytes })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const { engine, db } = world
  const platform = createFakePlatform({ editsPerMinute: 50 })
  const log = createFakeLog().log
  const tell = async () => {
    const { owner } = engine
    const bot = createBot({ engine, owner, db, platforms: [platform], clock, log, redact: text => text })
    await bot.start()
    onTestFinished(() => bot.stop())
  }
  const submit = async (more: { notBefore?: Date; instruction?: string } = {}) =>
    (await engine.submit({ instruction: 'run', inputs: {}, origin: ANN, ...more })).id
  /** A job that runs, and so takes the slot. */
  const busy = async () => {
    const id = await submit({ instruction: 'other' })
    await eventually(() => expect(ends).toHaveLength(1))
    return id
  }
  return { ...{ world, engine, db, clock, free, ends, platform, tell, submit, busy } }
}
type Site = Awaited<ReturnType<typeof open>>

const limit =
  (scope: string, name: string, value: number) =>
  async ({ engine, submit }: Site) => {
    await engine.setLimits([{ scope, name, value }], ANN)
    return await submit()
  }

const usedUp = (scope: string, name: string) => async (site: Site) => {
  await addSpent(site.db, [scope], { at: site.clock.now(), zone: 'UTC' }, { jobs: 2, costUsd: 2 })
  return await limit(scope, name, 2)(site)
}

const CASES: [words: string, make: (site: Site) => Promise<string>][] = [
  ['the only slot is busy', async ({ busy, submit }) => (await busy()) && (await submit())],
  ["ann's own limit of 0 jobs at once lets no job start", limit(ANN.actor, 'concurrent', 0)],
  ["ann's own limit of 0 jobs a day lets no job start", limit(ANN.actor, 'perDay', 0)],
  [
    "ann's own limit of 2 jobs a day is used up until 2026-11-22 00:00 UTC; it goes on by itself",
    usedUp(ANN.actor, 'perDay'),
  ],
  [
    "`run`'s limit of 2 jobs an hour is used up until 11:00 UTC; it goes on by itself",
    usedUp('instruction:run', 'perHour'),
  ],
  [
    'the budget of $2.00 a day is used up until 2026-11-22 00:00 UTC; it goes on by itself',
    usedUp('global', 'costPerDay'),
  ],
  [
    "Claude's usage limit is reached until 14:00 UTC; it goes on by itself",
    async ({ db, clock, submit }) => {
      const until = new Date('2026-11-21T14:00:00.000Z')
      await setPause(db, { kind: 'usage', since: clock.now(), until, isKnown: true, tries: 0 })
      return await submit()
    },
  ],
  [
    'not before 2026-11-22 09:00 UTC',
    async ({ submit }) => await submit({ notBefore: new Date('2026-11-22T09:00:00.000Z') }),
  ],
  [
    'behind the job before it in this thread',
    async ({ busy, engine }) => (await engine.followUp(await busy(), { text: 'And?', when: 'queue' }, ANN)).job.id,
  ],
  [
    'it waits for free memory',
    async ({ busy, engine, submit, free }) => {
      await busy()
      await engine.setLimits([{ scope: 'global', name: 'concurrent', value: 3 }], ANN)
      free.bytes = GB
      return await submit()
    },
  ],
]

test.each(CASES)('card, page and API say the same: %s', async (words, make) => {
  const site = await open()
  const id = await make(site)
  await site.clock.advance(2000)
  await eventually(async () => expect((await site.engine.job(id))?.reason).toBe(words))
  const ask = asking(adminOf(site.world, { clock: site.clock }))
  expect(await (await ask(`/api/jobs/${id}`)).json()).toMatchObject({ status: 'queued', reason: words })
  for (const path of ['/', `/jobs/${id}`])
    expect(plain(await (await ask(path)).text()), path).toContain(words.replaceAll('`', ''))
  await site.tell()
  await eventually(() => expect(card(site, id)?.message.text).toContain(words))
})

const plain = (html: string) => html.replaceAll(/<\/?(code|span)[^>]*>/g, '').replaceAll('&#39;', "'")
const card = ({ platform }: Site, id: string) => platform.posts.find(({ key }) => key === `${id}/card`)

test('fifty jobs in the queue are silent while nothing moves, and each says once that it moved up', async () => {
  const site = await open()
  const { clock, engine, submit, tell, platform, ends } = site
  const first = await site.busy()
  const ids: string[] = []
  for (let i = 0; i < 50; i += 1) {
    ids.push(await submit())
    await clock.advance(1)
  }
  await clock.advance(1000)
  await tell()
  await eventually(() => expect(ids.every(id => card(site, id))).toBe(true))
  await clock.advance(MINUTE)
  const edits = () => ids.map(id => card(site, id)?.edits.length ?? 0)
  const before = edits()
  await clock.advance(2 * MINUTE)
  expect(edits()).toEqual(before)

  ends[0]?.()
  await eventually(async () => expect((await engine.job(first))?.status).toBe('succeeded'))
  await eventually(() => expect(ends).toHaveLength(2))
  await clock.advance(MINUTE)
  const moved = edits().map((count, i) => count - (before[i] ?? 0))
  expect(Math.max(...moved.slice(1))).toBe(1)
  expect(card(site, ids[49] ?? '')?.message.text).toContain('queued, 49th: the only slot is busy')
  expect(platform.posts.filter(({ key }) => key.endsWith('/card'))).toHaveLength(51)
})
