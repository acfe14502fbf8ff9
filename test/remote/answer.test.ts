import { expect, test } from 'vitest'
import { COLOURS, call, questionOf, replying } from '../engine/questions/asking.ts'
import { ANN, toEnd, until } from '../support/world.ts'
import { serverFor } from './command-line.ts'

const run = { instruction: 'run', inputs: {}, origin: ANN }
const instructions = { run: '---\ndescription: Run\nask-tools: [Bash]\n---\nGo' }

test('a question is shown with the commands that answer it, is answered once, and the next one is told by whom', async () => {
  const model = replying(call('AskUserQuestion', COLOURS), { text: 'It will be blue.' })
  const { errand, world } = await serverFor({ instructions, model: model.script })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  expect((await errand('jobs')).out).toContain('needs an answer: "Which colour?" (asked')
  expect((await errand('job', id)).out).toContain(`Blue: errand answer ${question.id} Blue`)
  expect(await errand('approve', question.id)).toMatchObject({ status: 2, err: 'This is a question: answer it.' })
  expect(await errand('answer', question.id, 'Sky', 'blue')).toMatchObject({
    status: 0,
    out: 'You answered: Sky blue.',
  })
  expect(await errand('answer', question.id, 'Red')).toMatchObject({
    status: 1,
    err: 'admin was faster and answered: Sky blue.',
  })
  expect((await toEnd(world.engine, id)).job.status).toBe('succeeded')
  expect(model.heard()).toContain('Sky blue')
  expect((await errand('answer', 'zzzzzzzz', 'Red')).err).toBe('There is no question "zzzzzzzz".')
})

test('leave is given for another command than the one that was asked for, and that one runs', async () => {
  const model = replying(call('Bash', { command: 'echo one' }), call('Bash', { command: 'ls' }), { text: 'Done.' })
  const { errand, world } = await serverFor({ instructions, model: model.script })
  const { id } = await world.engine.submit(run)
  const first = await questionOf(world.engine, id)
  const { out } = await errand('approve', first.id, 'echo', 'two')
  expect(out).toBe('You approved it with a change.')
  const asked = await until(world.engine, id, event => event.kind === 'question' && event.id !== first.id)
  expect(model.heard()).toMatch(/tool: two/)
  expect((await errand('deny', asked.id ?? '', 'not', 'now')).out).toBe('You denied it: not now.')
  await toEnd(world.engine, id)
  expect(model.heard()).toContain('not now')
})
