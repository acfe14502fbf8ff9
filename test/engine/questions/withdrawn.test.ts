import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'
import { jobOf, questionOf } from './asking.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
const doing = (todo: unknown[]) => ({
  run: `---\ndescription: Run\nask-tools: [Bash]\n---\nDO ${JSON.stringify(todo)}`,
})
const run = { instruction: 'run', inputs: {}, origin: ANN }
const call = (id: string) => [id, 'Bash', { command: `echo ${id}` }]
const withdrawal = (id: string) => ['line', { type: 'control_cancel_request', request_id: id }]

test('a question that the agent takes back is closed, and the job goes on', async () => {
  const todo = [['request', call('r1')], ['until', 'go'], withdrawal('r1'), ['until', 'on'], ['result', 'done']]
  await using world = await makeWorld({ instructions: doing(todo), bin })
  const { id, conversation } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  const sign = (name: string) => writeFile(join(world.dir, 'data/workspaces', conversation, name), '')
  await sign('go')
  await until(world.engine, id, ({ text }) => text === 'going on without it')
  expect(await jobOf(world.engine, id)).toMatchObject({ status: 'running', questions: [] })
  await expect(world.engine.answer(question.id, { decision: 'approve' }, ANN)).rejects.toMatchObject({
    kind: 'conflict',
    message: 'This question needs no answer any more.',
  })
  await sign('on')
  expect((await toEnd(world.engine, id)).job).toMatchObject({ status: 'succeeded', attempt: 1 })
})

test('beside one that it takes back, another still waits for its answer', async () => {
  const todo = [['request', call('r1')], ['until', 'go'], withdrawal('r1'), ['ask', call('r2')], ['result', 'done']]
  await using world = await makeWorld({ instructions: doing(todo), bin })
  const { id, conversation } = await world.engine.submit(run)
  const first = await questionOf(world.engine, id)
  await writeFile(join(world.dir, 'data/workspaces', conversation, 'go'), '')
  const { id: second = '' } = await until(world.engine, id, ({ kind, id }) => kind === 'question' && id !== first.id)
  await world.engine.answer(second, { decision: 'deny', reason: 'no' }, ANN)
  const { job, events } = await toEnd(world.engine, id)
  expect(job.status).toBe('succeeded')
  expect(events.find(({ kind, text }) => kind === 'text' && text.includes('"behavior":"deny"'))).toBeDefined()
})
