import { expect, onTestFinished, test } from 'vitest'
import { createOutbox } from '../../src/bot/delivery.ts'
import type { PlatformLimits } from '../../src/bot/platform.ts'
import type { Teller } from '../../src/bot/teller.ts'
import { oweThread, postCard, tellThread } from '../../src/bot/thread.ts'
import { groupCommit } from '../../src/db/commit.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { findDelivery } from '../../src/db/delivery.ts'
import type { JobView } from '../../src/engine/view.ts'
import { createFakeClock, quiet } from '../fakes/clock.ts'
import { createFakeEngine, jobView } from '../fakes/engine.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { INSTRUCTIONS } from './brief.ts'

const ID = '4x7k2m9q'
const START = { status: 'running' as const, attempt: 1, position: null, startedAt: '2026-11-21T10:00:00.000Z' }
const DONE = {
  status: 'succeeded' as const,
  result: 'The answer.',
  finishedAt: '2026-11-21T10:00:11.000Z',
  costUsd: 0.03,
}

/** A queued job whose thread is being told; `restart` ends the telling and goes on with it as a new process. */
async function begin(options: { limits?: Partial<PlatformLimits>; view?: Partial<JobView> } = {}) {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const clock = createFakeClock()
  const engine = createFakeEngine({ db, clock, instructions: INSTRUCTIONS })
  const platform = createFakePlatform({ editsPerMinute: Number.POSITIVE_INFINITY, ...options.limits })
  engine.add(jobView(options.view))
  await engine.say(ID, { kind: 'status', status: 'queued', text: 'queued' })

  const tell = async () => {
    const stop = new AbortController()
    const deps = { db, commit: groupCommit(db), platform, clock, log: createFakeLog().log, signal: stop.signal }
    const teller: Teller = { ...deps, engine, outbox: createOutbox(deps) }
    const view = (await engine.job(ID)) ?? jobView()
    await oweThread(view, teller)
    const told = tellThread(view, await postCard(view, teller), teller)
    await quiet()
    return { told, stop }
  }
  let { told, stop } = await tell()
  const post = (key: string) => platform.posts.find(post => post.key === `${ID}/${key}`)
  return {
    ...{ db, clock, engine, platform, post },
    keys: () => platform.posts.map(post => post.key),
    heads: () => [post('card')?.first.text, ...(post('card')?.edits ?? []).map(edit => edit.text)],
    step: async (text: string) => {
      await engine.say(ID, { kind: 'tool_use', text })
      await quiet()
    },
    change: async (change: Partial<JobView>) => {
      await engine.change(ID, change)
      await quiet()
    },
    stop: async () => {
      stop.abort()
      await told
    },
    restart: async () => {
      stop.abort()
      await told
      ;({ told, stop } = await tell())
    },
    ended: () => told,
  }
}

test('a job is told by a card, its progress, and its result as a new post', async () => {
  const { change, step, ended, platform, keys, post } = await begin()
  await change(START)
  await step('reading notes.md')
  await step('writing brief.md')
  await change(DONE)
  await ended()

  expect(keys()).toEqual([`${ID}/card`, `${ID}/progress`, `${ID}/result`])
  expect(platform.posts.map(post => post.target.thread)).toEqual([null, 'p1', 'p1'])
  expect(post('progress')?.edits.map(edit => edit.text)).toEqual(['writing brief.md', '2 steps'])
  expect(post('card')?.message).toMatchObject({ text: '`brief · Winter tyres` — done', detail: ' in 11 s · $0.03' })
  expect(post('result')?.message).toMatchObject({ text: 'The answer.', footer: 'done in 11 s · $0.03' })
  expect(post('result')?.edits).toEqual([])
})

test('a job that is asked for in a thread is told in that thread', async () => {
  const { change, step, ended, platform } = await begin({ view: { ref: 't1' } })
  await change(START)
  await step('reading notes.md')
  await change(DONE)
  await ended()
  expect(platform.posts.map(post => post.target.thread)).toEqual(['t1', 't1', 't1'])
})

test('an answer without any step has no progress post', async () => {
  const { change, ended, keys } = await begin()
  await change(START)
  await change(DONE)
  await ended()
  expect(keys()).toEqual([`${ID}/card`, `${ID}/result`])
})

test('the place in the queue is told as it changes, and is silent while it does not', async () => {
  const { change, clock, engine, heads } = await begin({ view: { position: 2, reason: 'the only slot is busy' } })
  await clock.advance(20_000)
  expect(heads()).toHaveLength(1)
  engine.add(jobView({ position: 1, reason: 'the only slot is busy' }))
  await clock.advance(5_000)
  await change(START)
  expect(heads()).toEqual([
    '`brief · Winter tyres` — queued, 2nd: the only slot is busy',
    '`brief · Winter tyres` — queued, 1st: the only slot is busy',
    '`brief · Winter tyres` — running',
  ])
})

test('the time so far is shown only where the platform wants that', async () => {
  const quietOne = await begin()
  await quietOne.change(START)
  await quietOne.clock.advance(60_000)
  expect(quietOne.post('card')?.message.detail).toBe(' <1 s')

  const ticking = await begin({ limits: { tickMs: 1000 } })
  await ticking.change(START)
  await ticking.clock.advance(3_000)
  expect(ticking.post('card')?.edits.map(edit => edit.detail)).toEqual([' <1 s', ' 1 s', ' 2 s', ' 3 s'])
})

test('the card follows the log, also when the row is ahead of it', async () => {
  const { engine, heads, ended } = await begin()
  engine.add({ ...jobView(START), ...DONE }) // the row says done before one line of it is in the log
  await engine.say(ID, { kind: 'status', status: 'running', text: 'running' })
  await engine.say(ID, { kind: 'status', status: 'succeeded', text: 'done' })
  await ended()
  expect(heads().at(-1)).toBe('`brief · Winter tyres` — done')
  expect(heads()).not.toContain('`brief · Winter tyres` — queued')
})

test('an interruption is said, and the thread goes on', async () => {
  const { engine, change, step, post } = await begin()
  await change(START)
  await step('reading notes.md')
  await engine.change(ID, { status: 'queued', position: 1 })
  await quiet()
  expect(post('card')?.message.text).toContain('queued, 1st')
  await change({ status: 'running', position: null, attempt: 2 })
  await step('writing brief.md')
  expect(post('progress')?.message.text).toBe('writing brief.md')
})

test('a restart takes the thread up where it stands: by edits, not by new posts', async () => {
  const { change, step, restart, ended, keys, post, db } = await begin()
  await change(START)
  await step('reading notes.md')
  await step('reading more.md')
  await restart()
  await step('writing brief.md')
  // How it stands is said once more, for what came while nobody listened; how it came there is not.
  expect(post('progress')?.edits.map(edit => edit.text)).toEqual([
    ...['reading more.md', 'reading more.md', 'writing brief.md'],
  ])
  expect((await findDelivery(db, `${ID}/result`))?.state).toBe('pending')
  await change(DONE)
  await ended()
  expect(keys()).toEqual([`${ID}/card`, `${ID}/progress`, `${ID}/result`])
  expect((await findDelivery(db, `${ID}/result`))?.state).toBe('sent')
})

test('a job that ended while nobody told it is told at the next start', async () => {
  const { change, step, stop, restart, ended, engine, keys, post } = await begin()
  await change(START)
  await step('reading notes.md')
  await stop()
  await engine.say(ID, { kind: 'tool_use', text: 'writing brief.md' })
  await engine.change(ID, DONE)
  await restart()
  await ended()
  expect(keys()).toEqual([`${ID}/card`, `${ID}/progress`, `${ID}/result`])
  expect(post('progress')?.message.text).toBe('2 steps')
  expect(post('card')?.message.text).toBe('`brief · Winter tyres` — done')
})

test('edits are coalesced to the pace of the platform', async () => {
  const { change, step, clock, post } = await begin({ limits: { editsPerMinute: 30 } })
  await change(START)
  for (let n = 1; n <= 50; n += 1) await step(`reading ${n}.md`)
  await clock.advance(2000)
  expect(post('progress')?.edits.map(edit => edit.text)).toEqual(['reading 2.md', 'reading 50.md'])
})
