import { expect, test } from 'vitest'
import type { Agent } from '../../../src/engine/agent.ts'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'

const instructions = { run: '---\ndescription: Run\n---\nGo' }
const run = { instruction: 'run', inputs: {}, origin: ANN }

/** An agent that says a text once, and goes on until it is stopped. */
const saying = (text: string): Agent => ({
  name: 'fake',
  check: async () => {},
  openCommand: async () => '',
  heard: async () => [],
  run: async function* (_, signal) {
    yield { kind: 'spawned', pid: 0, nativeSession: 'session' }
    yield { kind: 'log', body: { kind: 'text', text } }
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve))
    yield { kind: 'ended', end: { ok: false, failure: 'agent_error', message: '', costUsd: 0, usage: null } }
  },
})

test('a log is counted in bytes, over all attempts of a job since somebody began it', async () => {
  await using world = await makeWorld({ instructions, agent: saying('é'.repeat(700)) })
  await world.engine.setLimits([{ scope: 'global', name: 'logBytes', value: 2500 }], ANN)
  const { id } = await world.engine.submit(run)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  const engine = await world.restart()
  const { job } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'output_limit', attempt: 2 })
  expect(job.message).toMatch(/^Its log had come to 3\.\d kB when it was stopped/)
  await engine.reopen(id, { cause: 'resume' }, ANN) // which begins a count of its own
  await until(engine, id, ({ kind, attempt }) => kind === 'text' && attempt === 3)
  expect((await engine.job(id))?.status).toBe('running')
})
