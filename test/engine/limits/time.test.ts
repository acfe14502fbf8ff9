import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
type Todo = [verb: string, argument?: unknown][]
const doing = (todo: Todo, keys = '') => `---\ndescription: Fixture\n${keys}---\nDO ${JSON.stringify(todo)}`
const run = { instruction: 'run', inputs: {}, origin: ANN }
const SECOND = 1 / 60

/** The state letter of a process; a zombie (Z) is dead and waits for a parent that is not ours. */
const stateOf = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    stat => stat.slice(stat.lastIndexOf(')') + 2).charAt(0),
    () => 'gone',
  )

test("an instruction's time limit is never above the server's", async () => {
  const instructions = { run: doing([['say', 'here'], ['hang']], 'timeout: 1h\n') }
  await using world = await makeWorld({ instructions, bin, timeoutMinutes: SECOND })
  const { id } = await world.engine.submit(run)
  expect((await toEnd(world.engine, id)).job).toMatchObject({
    ...{ status: 'failed', failure: 'timeout' },
    message: expect.stringContaining('limit of 1 second'),
  })
})

test('silence is a stall, and so are heartbeats of a tool that hangs', async () => {
  const instructions = {
    run: doing([['say', 'here'], ['hang']]),
    beat: doing([
      ['say', 'here'],
      ['heartbeats', 100],
    ]),
  }
  await using world = await makeWorld({ instructions, bin, stallMinutes: 0.5 * SECOND })
  const ids = await Promise.all(['run', 'beat'].map(instruction => world.engine.submit({ ...run, instruction })))
  for (const { id } of ids) {
    const { job } = await toEnd(world.engine, id)
    expect(job).toMatchObject({ status: 'failed', failure: 'stalled' })
    expect(job.message).toMatch(/no sign of life for \d+ second/)
  }
})

test('retries are signs of life: such a job runs into its time limit instead', async () => {
  const todo: Todo = [['retries', [100, { error_status: 429 }]]]
  const instructions = { run: doing(todo, 'timeout: 2s\n') }
  await using world = await makeWorld({ instructions, bin, stallMinutes: SECOND })
  const { id } = await world.engine.submit(run)
  const { job, events } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'timeout' })
  expect(events.filter(({ kind }) => kind === 'retry').length).toBeGreaterThan(5)
})

test('a refused account ends the job at the first retry, not after three minutes of them', async () => {
  const todo: Todo = [['retries', [100, { error_status: 401 }]]]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  const { id } = await world.engine.submit(run)
  const { job, events } = await toEnd(world.engine, id)
  expect(job).toMatchObject({
    status: 'failed',
    failure: 'auth',
    message: expect.stringContaining('ANTHROPIC_API_KEY'),
  })
  expect(events.filter(({ kind }) => kind === 'retry').length).toBeLessThanOrEqual(2)
})

test('a stopped job takes along what is deaf and in a session of its own', async () => {
  await using world = await makeWorld({
    instructions: { run: doing([['runaway', 'pid.txt'], ['sleep', 200], ['say', 'ran'], ['hang']]) },
    bin,
  })
  const { id } = await world.engine.submit(run)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  await world.engine.cancel(id, ANN)
  const { job } = await toEnd(world.engine, id)
  expect(job.status).toBe('cancelled')
  const [output] = job.outputs
  const pid = Number(await readFile(output?.file ?? '', 'utf8'))
  expect(pid).toBeGreaterThan(1)
  expect(await stateOf(pid)).toMatch(/^(gone|Z)$/)
})

test('what a tool has left behind ends with its job, however short that was', async () => {
  const tool = { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'setsid …' } }
  const todo: Todo = [
    ['line', { type: 'assistant', message: { content: [tool] } }],
    ...([
      ['runaway', 'pid.txt'],
      ['sleep', 200],
      ['result', 'done'],
      ['exit', 0],
    ] satisfies Todo),
  ]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  const pid = Number(await readFile(job.outputs[0]?.file ?? '', 'utf8'))
  expect(pid).toBeGreaterThan(1)
  expect(await stateOf(pid)).toMatch(/^(gone|Z)$/)
})

test('the time limit goes on where an interruption stopped it', async () => {
  const todo: Todo = [['say', 'working'], ['hang']]
  await using world = await makeWorld({ instructions: { run: doing(todo, 'timeout: 2s\n') }, bin })
  const { id } = await world.engine.submit(run)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  // The first attempt seems to have begun long ago; the second one has nothing left of the limit.
  await world.db.updateTable('attempt').set({ started_at: '2026-01-01T00:00:00.000Z' }).execute()
  const engine = await world.restart()
  const { job } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'timeout', attempt: 2 })
})
