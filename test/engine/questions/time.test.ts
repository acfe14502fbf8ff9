import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { ranBefore } from '../../../src/db/attempt.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'
import { COLOURS, call, calling, jobOf, questionOf, replying } from './asking.ts'

const HOUR_MS = 3_600_000
const run = { instruction: 'run', inputs: {}, origin: ANN }

/** A clock that runs, and that a test puts forward. */
function movableClock() {
  let ahead = 0
  return {
    clock: { ...systemClock, now: () => new Date(Date.now() + ahead) },
    move: (ms: number) => {
      ahead += ms
    },
  }
}

test('an approval that nobody gives is reminded of at half of its time, and denied at its end', async () => {
  const { clock, move } = movableClock()
  await using world = await makeWorld({ ...calling('Bash', { command: 'ls' }, 'ask-tools: [Bash]\n'), clock })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  move(12 * HOUR_MS + 1000)
  const reminder = await until(world.engine, id, event => event.kind === 'status' && event.id === question.id)
  expect(reminder).toMatchObject({ status: 'waiting', text: 'still needs an answer: May I go on with running `ls`?' })
  move(12 * HOUR_MS)
  const { job, events } = await toEnd(world.engine, id)
  expect(job.status).toBe('succeeded')
  expect(events.filter(event => event.kind === 'status' && event.id !== undefined)).toHaveLength(1)
  expect(events.find(({ kind }) => kind === 'answer')?.text).toBe('Errand denied it: nobody answered within 24 hours')
  expect(events.find(({ kind }) => kind === 'text')?.text).toContain('nobody answered within 24 hours')
})

test('a question that nobody answers is closed at the end of its time, and not denied', async () => {
  const { clock, move } = movableClock()
  await using world = await makeWorld({ ...calling('AskUserQuestion', COLOURS), clock })
  const { id } = await world.engine.submit(run)
  await questionOf(world.engine, id)
  move(7 * 24 * HOUR_MS + 1000)
  const { text } = await until(world.engine, id, ({ kind }) => kind === 'answer')
  expect(text).toBe('Errand closed it: nobody answered within 7 days')
})

test('the time in which a job waits for people is no time of its own', async () => {
  const asks = calling('AskUserQuestion', COLOURS, 'timeout: 2s\n')
  await using world = await makeWorld({ ...asks, stallMinutes: 2 / 60 })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  await delay(2200)
  expect((await jobOf(world.engine, id)).status).toBe('waiting')
  await world.engine.answer(question.id, { answers: { 'Which colour?': 'Blue' } }, ANN)
  expect((await toEnd(world.engine, id)).job.status).toBe('succeeded')
  const pauses = await world.db.selectFrom('question').select(['asked_at', 'answered_at']).execute()
  const spans = pauses.map(row => ({ askedAt: row.asked_at, answeredAt: row.answered_at }))
  const key = { job: id, n: 2 }
  await world.db
    .insertInto('attempt')
    .values({ ...key, cause: 'answer', owner: 'x', host: 'x', workspace: 'w', session: 's', started_at: '2026' })
    .execute()
  expect((await ranBefore(world.db, key, [])) - (await ranBefore(world.db, key, spans))).toBeGreaterThan(2000)
})

test('a session that is gone is begun anew with what was asked and answered before', async () => {
  const model = replying(call('AskUserQuestion', COLOURS), { text: 'Blue it is.' })
  const instructions = { run: '---\ndescription: Run\n---\nPaint the house' }
  await using world = await makeWorld({ instructions, model: model.script, parkMinutes: 0.1 / 60 })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  const attempts = () => world.db.selectFrom('attempt').select('ended_at').where('job', '=', id).execute()
  await eventually(async () => expect(await attempts()).toMatchObject([{ ended_at: expect.any(String) }]))
  await world.db.updateTable('session').set({ native_id: '7d2f1c1e-0000-4000-8000-000000000000' }).execute()
  await world.engine.answer(question.id, { answers: { 'Which colour?': 'Blue' } }, ANN)
  expect((await toEnd(world.engine, id)).job).toMatchObject({ status: 'succeeded', result: 'Blue it is.' })
  expect(model.heard()).toContain('Paint the house')
  expect(model.heard()).toContain('You asked "Which colour?"; the answer is "Blue".')
})
