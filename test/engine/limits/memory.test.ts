import { expect, test } from 'vitest'
import type { Agent } from '../../../src/engine/agent.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'

const GB = 1024 ** 3
const instructions = { run: '---\ndescription: Run\n---\nGo' }
const run = { instruction: 'run', inputs: {}, origin: ANN }

test('a job waits for free memory although slots are free, says so, and starts when there is enough', async () => {
  let free = GB
  const { promise: end, resolve: endFirst } = Promise.withResolvers<void>()
  let runs = 0
  const agent: Agent = {
    name: 'fake',
    check: async () => {},
    openCommand: async () => '',
    heard: async () => [],
    run: async function* () {
      runs += 1
      yield { kind: 'spawned', pid: 0, nativeSession: 'session' }
      yield { kind: 'log', body: { kind: 'text', text: 'here' } }
      await end
      yield { kind: 'ended', end: { ok: true, answer: 'done', costUsd: 0, usage: null } }
    },
  }
  await using world = await makeWorld({ instructions, agent, slots: 4, freeMemory: () => free })
  const { engine } = world
  const { id: first } = await engine.submit(run)
  await until(engine, first, ({ kind }) => kind === 'text') // the only one starts, however little is free
  const ids = [await engine.submit(run), await engine.submit(run)].map(({ id }) => id)
  await eventually(async () => {
    const views = await Promise.all(ids.map(id => engine.job(id)))
    expect(views.map(view => [view?.status, view?.reason])).toEqual(
      ids.map(() => ['queued', 'it waits for free memory']),
    )
  })
  expect(runs).toBe(1)
  free = 16 * GB
  for (const id of ids) await until(engine, id, ({ kind }) => kind === 'text')
  endFirst()
  for (const id of [first, ...ids]) expect((await toEnd(engine, id)).job.status).toBe('succeeded')
})
