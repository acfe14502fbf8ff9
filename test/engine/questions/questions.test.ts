import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { ANN, BEN, makeWorld, toEnd } from '../../support/world.ts'
import { COLOURS, call, calling, jobOf, questionOf, replying } from './asking.ts'

const instructions = { run: '---\ndescription: Run\n---\nGo' }
const run = { instruction: 'run', inputs: {}, origin: ANN }
const ASK = call('AskUserQuestion', COLOURS)

test('a question waits, its answer reaches the agent, and the log tells both', async () => {
  const model = replying(ASK, { text: 'It will be blue.' })
  await using world = await makeWorld({ instructions, model: model.script })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  expect(question).toMatchObject({ kind: 'question', text: 'Which colour?', parts: [COLOURS.questions[0]] })
  expect((await jobOf(world.engine, id)).status).toBe('waiting')
  await world.engine.answer(question.id, { answers: { 'Which colour?': 'Blue' } }, ANN)
  const { job, events } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'succeeded', result: 'It will be blue.', questions: [], attempt: 1 })
  expect(model.heard()).toMatch(/Which colour\?.*Blue/)
  const told = events.filter(({ kind }) => ['tool_use', 'question', 'answer'].includes(kind))
  expect(told.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'tool_use: asking a question',
    'question: Which colour?',
    'answer: ann answered: Blue',
  ])
})

test('of two people at once the first is heard, and the other is told who was faster', async () => {
  await using world = await makeWorld({ ...calling('AskUserQuestion', COLOURS), adminUsers: [BEN.actor] })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  const said = await Promise.allSettled([
    world.engine.answer(question.id, { answers: { 'Which colour?': 'Blue' } }, ANN),
    world.engine.answer(question.id, { answers: { 'Which colour?': 'Red' } }, BEN),
  ])
  expect(said.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(said[1]).toMatchObject({ reason: { kind: 'conflict', message: 'ann was faster and answered: Blue.' } })
  expect((await toEnd(world.engine, id)).job.status).toBe('succeeded')
  const late = world.engine.answer(question.id, { answers: { 'Which colour?': 'Red' } }, BEN)
  await expect(late).rejects.toMatchObject({ kind: 'conflict' })
})

test('a job that waits for long frees its slot, and the answer takes it on in its session', async () => {
  const model = replying(ASK, { text: 'It will be blue.' })
  await using world = await makeWorld({ instructions, model: model.script, parkMinutes: 0.3 / 60 })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  const ended = () => world.db.selectFrom('attempt').select('ended_at').where('job', '=', id).executeTakeFirstOrThrow()
  await eventually(async () => expect((await ended()).ended_at).not.toBeNull())
  expect(await jobOf(world.engine, id)).toMatchObject({ status: 'waiting', questions: [{ id: question.id }] })
  await world.engine.answer(question.id, { answers: { 'Which colour?': 'Blue' } }, ANN)
  const { job, events } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'succeeded', attempt: 2, result: 'It will be blue.' })
  expect(model.heard()).toContain('You asked "Which colour?"; the answer is "Blue".')
  expect(events.flatMap(({ status }) => status ?? [])).toEqual(
    'queued running waiting queued running succeeded'.split(' '),
  )
})

test('who stands behind a question is told that it has the slot', async () => {
  await using world = await makeWorld({ ...calling('AskUserQuestion', COLOURS), slots: 1 })
  const { id } = await world.engine.submit(run)
  await questionOf(world.engine, id)
  const behind = await world.engine.submit(run)
  const reason = expect.stringContaining('the only slot is busy, with a job that waits for an answer')
  await eventually(async () => expect(await world.engine.job(behind.id)).toMatchObject({ status: 'queued', reason }))
})
