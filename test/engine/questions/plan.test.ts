import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { ANN, makeWorld, toEnd } from '../../support/world.ts'
import { call, openQuestion, questionOf, replying } from './asking.ts'

const instructions = { run: '---\ndescription: Run\nplan: true\n---\nGo' }
const run = { instruction: 'run', inputs: {}, origin: ANN }
const write = call('Write', { file_path: 'a.txt', content: 'made' })
const plan = (text: string) => ({ text, tools: [{ name: 'ExitPlanMode', input: {} }] })

test('nothing is written before the plan is approved, a change goes back, and then it is carried out', async () => {
  const model = replying(write, plan('1. Write a.txt'), plan('1. Write a.txt, better'), write, { text: 'done' })
  await using world = await makeWorld({ instructions, model: model.script })
  const { id } = await world.engine.submit(run)
  const first = await questionOf(world.engine, id)
  expect(first).toMatchObject({ kind: 'plan', text: '1. Write a.txt' })
  await world.engine.answer(first.id, { decision: 'deny', reason: 'make it better' }, ANN)
  const second = await eventually(() => openQuestion(world.engine, id))
  expect(second.text).toBe('1. Write a.txt, better')
  expect(model.heard()).toContain('make it better')
  await world.engine.answer(second.id, { decision: 'approve' }, ANN)
  const { job, events } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'succeeded', outputs: [{ path: 'a.txt' }] })
  const results = events.filter(({ kind }) => kind === 'tool_result')
  expect(results[0]?.text).toMatch(/may run once a person has approved your plan/)
})
