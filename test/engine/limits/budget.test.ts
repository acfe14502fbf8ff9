import { expect, test } from 'vitest'
import { failing, startApi, streaming } from '../../support/api-server.ts'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'

const USED = { input_tokens: 1000, output_tokens: 100 } // $0.006 of Opus 5.5
const read = { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: 'a.md' } }
const instructions = { run: '---\ndescription: Run\n---\nGo' }
const run = { instruction: 'run', inputs: {}, origin: ANN }

test('a job whose budget runs out waits for more in its session, and others are told once', async () => {
  const api = await startApi((request, response, n) =>
    streaming(USED, n === 1 ? read : undefined)(request, response, n),
  )
  await using world = await makeWorld({ instructions, apiUrl: api.url, adminUsers: ['user:slack:U1'] })
  const { engine } = world
  await engine.setLimits([{ scope: ANN.actor, name: 'costPerDay', value: 0.005 }], ANN)
  const { id } = await engine.submit(run)
  const parked = await until(engine, id, ({ status, attempt }) => status === 'queued' && attempt === 1)
  expect(parked.text).toBe('a budget is used up; this goes on by itself')
  expect(api.received).toHaveLength(1)
  const { id: next } = await engine.submit(run)
  expect(await engine.job(next)).toMatchObject({ status: 'queued', attempt: 0 })

  await engine.setLimits([{ scope: ANN.actor, name: 'costPerDay', value: 1 }], ANN)
  const { job, events } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'succeeded', attempt: 2, costUsd: expect.closeTo(0.012, 9) })
  expect(JSON.parse(api.received[1]?.body ?? '{}').messages.length).toBeGreaterThan(1) // the same session
  const warnings = [...events, ...(await toEnd(engine, next)).events].filter(({ text }) => text.includes('are used'))
  const warning = 'user:terminal:ann: <$0.01 of <$0.01 a day are used.'
  expect(warnings.map(({ text }) => text)).toEqual([warning])
  const told = await world.db.selectFrom('delivery').select('body').where('step', '=', 'alert').execute()
  expect(told.map(({ body }) => JSON.parse(body).text)).toEqual([warning])
})

test('a job that reaches its own cap fails, whatever its budgets have left', async () => {
  const api = await startApi(streaming(USED, read))
  await using world = await makeWorld({ instructions, apiUrl: api.url })
  const { engine } = world
  await engine.setLimits(
    [
      { scope: 'global', name: 'costPerJob', value: 0.01 },
      { scope: 'global', name: 'costPerDay', value: 5 },
    ],
    ANN,
  )
  const { id } = await engine.submit(run)
  const message =
    'It reached its limit of cost and was stopped. Ask for less at once, or ask an admin to raise the limit `costPerJob`, then run it again.'
  const failed = { status: 'failed', failure: 'budget', attempt: 1 }
  expect((await toEnd(engine, id)).job).toMatchObject({ ...failed, message })
  expect(api.received).toHaveLength(2)
  await engine.setLimits([{ scope: ANN.actor, name: 'costPerJob', value: 0 }], ANN)
  const { id: free } = await engine.submit(run)
  expect((await toEnd(engine, free)).job?.message).toBe(
    'It was not started: nothing is left of its limit of cost. Ask for less at once, or ask an admin to raise the limit `costPerJob`, then run it again.',
  )
  expect(api.received).toHaveLength(2)
})

test('a full queue refuses, and says of what', async () => {
  await using world = await makeWorld({ instructions, slots: 1 })
  const { engine } = world
  await engine.setLimits([{ scope: ANN.actor, name: 'queued', value: 1 }], ANN)
  const later = { ...run, notBefore: new Date(Date.now() + 60_000) }
  await engine.submit(later)
  await expect(engine.submit(later)).rejects.toThrow(
    'The queue is full: 1 job of yours waits already, and nothing was started.',
  )
})

test('a call that the account refuses until its reset parks the job, which goes on then', async () => {
  let resetsAt = 0
  const api = await startApi((request, response, n) => {
    if (n !== 2) return streaming(USED, n === 1 ? read : undefined)(request, response, n)
    resetsAt = Math.ceil(Date.now() / 1000) + 3 // from now on: the agent may have been slow to begin
    const headers = { 'retry-after': '900', 'anthropic-ratelimit-unified-reset': String(resetsAt) }
    return failing(429, 'rate_limit_error', headers)(request, response, n)
  })
  await using world = await makeWorld({ instructions, apiUrl: api.url })
  const { id } = await world.engine.submit(run)
  const parked = await until(world.engine, id, ({ status, attempt }) => status === 'queued' && attempt === 1)
  expect(parked.text).toMatch(/^Claude's usage limit is reached until \d\d:\d\d UTC; this goes on by itself$/)
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'succeeded', attempt: 2 })
  expect(Date.now()).toBeGreaterThanOrEqual(resetsAt * 1000)
  expect(JSON.parse(api.received.at(-1)?.body ?? '{}').messages.length).toBeGreaterThan(2) // the same session
})

test('a call that the account refuses without a reset parks the job until it is tried again', async () => {
  const api = await startApi((request, response, n) =>
    (n === 2
      ? failing(429, 'rate_limit_error', { 'x-should-retry': 'false' })
      : streaming(USED, n === 1 ? read : undefined))(request, response, n),
  )
  await using world = await makeWorld({ instructions, apiUrl: api.url })
  const { id } = await world.engine.submit(run)
  const parked = await until(world.engine, id, ({ status, attempt }) => status === 'queued' && attempt === 1)
  expect(parked.text).toMatch(
    /^Claude's usage limit is reached; trying again at .*\d\d:\d\d UTC; this goes on by itself$/,
  )
  await world.engine.tryNow('usage', ANN)
  expect((await toEnd(world.engine, id)).job).toMatchObject({ status: 'succeeded', attempt: 2 })
  expect(JSON.parse(api.received.at(-1)?.body ?? '{}').messages.length).toBeGreaterThan(2) // the same session
})
