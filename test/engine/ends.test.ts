import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { findNativeSession } from '../../src/db/conversation.ts'
import { UserError } from '../../src/errors.ts'
import { eventually } from '../support/eventually.ts'
import { ANN, BEN, makeWorld, toEnd, until } from '../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
type Todo = [verb: string, argument?: unknown][]
const doing = (todo: Todo, keys = '') => `---\ndescription: Fixture\n${keys}---\nDO ${JSON.stringify(todo)}`

const run = { instruction: 'run', inputs: {}, origin: ANN }

test('a queued job is cancelled at once and never runs', async () => {
  const instructions = { run: doing([['result', 'ran']]), block: doing([['say', 'here'], ['hang']]) }
  await using world = await makeWorld({ instructions, bin, slots: 1 })
  const blocker = await world.engine.submit({ ...run, instruction: 'block' })
  await until(world.engine, blocker.id, ({ kind }) => kind === 'text')
  const queued = await world.engine.submit(run)
  expect(queued).toMatchObject({ status: 'queued', position: 1, reason: 'the only slot is busy' })

  const cancelled = await world.engine.cancel(queued.id, ANN)
  expect(cancelled).toMatchObject({ status: 'cancelled', message: 'cancelled by ann', attempt: 0 })
  const { events } = await toEnd(world.engine, queued.id)
  expect(events.map(({ status }) => status)).toEqual(['queued', 'cancelled'])
  await expect(world.engine.cancel(queued.id, BEN)).rejects.toThrow(/has ended already/)
})

test('a running job is cancelled, with its deaf process', async () => {
  await using world = await makeWorld({ instructions: { run: doing([['deaf'], ['say', 'deaf now'], ['hang']]) }, bin })
  const { id } = await world.engine.submit(run)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  const { pid } = await world.db.selectFrom('attempt').select('pid').where('job', '=', id).executeTakeFirstOrThrow()
  await world.engine.cancel(id, ANN)
  await world.engine.cancel(id, BEN) // a second wish changes nothing
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'cancelled', message: 'cancelled by ann', failure: null })
  expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/)
})

test('of the calls that a cancel cuts, its log says nothing', async () => {
  const retry = { type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 4, retry_delay_ms: 500 }
  const content = (text: string) => ({ type: 'assistant', message: { content: [{ type: 'text', text }] } })
  const error = { ...content('API Error: Connection error.'), is_api_error_message: true }
  const todo: Todo = [['last', [retry, error, content('a last word')]], ['line', retry], ['say', 'here'], ['hang']]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  const { id } = await world.engine.submit(run)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  await world.engine.cancel(id, ANN)
  const { events } = await toEnd(world.engine, id)
  const kinds = events.map(({ kind }) => kind)
  expect(kinds).toEqual(['status', 'status', 'retry', 'text', 'text', 'status'])
})

test('a job that runs over its limit fails as timeout and keeps its files', async () => {
  const todo: Todo = [['write', ['half.md', 'half']], ['say', 'working'], ['hang']]
  await using world = await makeWorld({ instructions: { run: doing(todo, 'timeout: 1s\n') }, bin })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'timeout' })
  expect(job.message).toMatch(/limit of 1 seconds?/)
  expect(job.outputs.map(({ path }) => path)).toEqual(['half.md'])
  const tmp = join(world.dir, 'data', 'tmp')
  await eventually(async () => expect(await readdir(tmp)).toEqual([]))
})

test('the first cause stands, whatever goes wrong after it', async () => {
  const instructions = {
    run: doing([['write', ['half.md', 'half']], ['say', 'working'], ['hang']]),
    done: doing([
      ['write', ['a.md', 'a']],
      ['result', 'done'],
    ]),
  }
  await using world = await makeWorld({ instructions, bin })
  const { id } = await world.engine.submit(run)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  await rm(join(world.dir, 'outputs'), { recursive: true })
  await writeFile(join(world.dir, 'outputs'), 'no folder: nothing can be kept')
  await world.engine.cancel(id, ANN)
  expect((await toEnd(world.engine, id)).job).toMatchObject({ status: 'cancelled', message: 'cancelled by ann' })
  const other = await world.engine.submit({ ...run, instruction: 'done' })
  const { job } = await toEnd(world.engine, other.id)
  expect(job).toMatchObject({ status: 'failed', failure: 'internal', result: 'done', outputs: [] })
  expect(job.message).toContain('could not be kept')
})

test('a stopped server puts its job back, and the next one goes on with the session', async () => {
  // One turn is done and paid for, a second one goes on.
  const turns: Todo = [
    ['result', 'half'],
    ['line', { type: 'system', subtype: 'init' }],
  ]
  const todo: Todo = [['write', ['half.md', 'half']], ...turns, ['say', 'working'], ['hang']]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  const { id } = await world.engine.submit(run)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  const engine = await world.restart()
  // The fixture knows no DO in the words with which a session goes on, and answers with them.
  const { job, events } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'succeeded', attempt: 2 })
  expect(job.result).toBe('The server restarted. Check whether your last step took effect, then continue.')
  expect(events.flatMap(({ status }) => status ?? [])).toEqual(['queued', 'running', 'queued', 'running', 'succeeded'])
  expect(await findNativeSession(world.db, job.conversation)).toMatch(/^[0-9a-f-]{36}$/)
  expect(job.costUsd).toBe(0.25) // the session counts on: its first 0.25 are not paid twice
  expect(await readdir(join(world.dir, 'outputs', id))).toEqual(['2']) // nothing is delivered before the end
})

test('an end without a result is a failure with the last words of stderr', async () => {
  await using world = await makeWorld({
    instructions: {
      run: doing([
        ['stderr', 'no such flag\n'],
        ['exit', 1],
      ]),
    },
    bin,
  })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'agent_error' })
  expect(job.message).toMatch(/exit status 1 .*no such flag/)
})

test('an error that calls itself success is a failure', async () => {
  const todo: Todo = [
    ['fail', { result: 'Not logged in · Please run /login', terminal_reason: 'api_error' }],
    ['exit', 1],
  ]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'auth' })
  expect(job.message).toContain('ANTHROPIC_API_KEY')
})

test('declared outputs that were not made are a failure', async () => {
  await using world = await makeWorld({
    instructions: { run: doing([['result', 'done']], 'outputs: ["*.md"]\n') },
    bin,
  })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'no_output', costUsd: 0.25 })
})

test('a process that lives on after its result, and a stranger that holds its pipe, end with the job', async () => {
  const todo: Todo = [['deaf'], ['orphan', 5], ['result', 'done'], ['exit', 0]]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'succeeded', result: 'done' })
})

test('a line that is no message is kept and breaks nothing', async () => {
  const todo: Todo = [
    ['line', 'not json'],
    ['line', { type: 'brand_new', x: 1 }],
    ['line', '{"type":"assistant"}'],
    ['result', 'ok'],
  ]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  const { id } = await world.engine.submit(run)
  const { job, events } = await toEnd(world.engine, id)
  expect(job.status).toBe('succeeded')
  expect(events.filter(({ kind }) => kind === 'stderr').map(({ text }) => text)).toEqual([
    'not json',
    '{"type":"brand_new","x":1}',
    '{"type":"assistant"}',
  ])
})

test('the agent sees an allow-list of the environment and no prompt in its arguments', async () => {
  const todo: Todo = [
    ['environment', 'env.json'],
    ['arguments', 'argv.json'],
    ['result', 'ok'],
  ]
  await using world = await makeWorld({ instructions: { run: doing(todo) }, bin })
  process.env.ERRAND_TEST_SECRET = 'hidden'
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  delete process.env.ERRAND_TEST_SECRET
  const { readFile } = await import('node:fs/promises')
  const [argv = '', env = ''] = await Promise.all(job.outputs.map(({ file }) => readFile(file, 'utf8')))
  expect(env).not.toContain('hidden')
  expect(JSON.parse(env)).toMatchObject({ ERRAND_ATTEMPT: expect.stringMatching(`^${id}/1 of `) })
  expect(argv).not.toContain('environment')
})

test('an unknown instruction and wrong inputs start nothing', async () => {
  const source = `---\ndescription: F\ninputs:\n  n: { type: integer, min: 1, max: 5, required: true }\n---\nDO []`
  await using world = await makeWorld({ instructions: { run: source }, bin })
  const submit = (instruction: string, inputs: object) =>
    world.engine.submit({ instruction, inputs: { ...inputs }, origin: ANN }).catch(error => error)
  expect(await submit('nope', {})).toBeInstanceOf(UserError)
  expect(String(await submit('run', { n: 'many' }))).toContain('whole number from 1 to 5; you gave `many`')
  expect(String(await submit('run', {}))).toContain('`n` is required')
  expect((await world.engine.jobs({ limit: 10 })).jobs).toEqual([])
})

test('an instruction that is changed while its job waits changes nothing for that job', async () => {
  const instructions = { block: doing([['say', 'here'], ['hang']]), run: doing([['result', 'as it was']]) }
  await using world = await makeWorld({ instructions, bin, slots: 1 })
  const blocker = await world.engine.submit({ ...run, instruction: 'block' })
  await until(world.engine, blocker.id, ({ kind }) => kind === 'text')
  const { id } = await world.engine.submit(run)
  instructions.run = doing([['result', 'as it is now']])
  const engine = await world.restart()
  await engine.cancel(blocker.id, ANN)
  expect((await toEnd(engine, id)).job.result).toBe('as it was')
  const later = await engine.submit(run)
  expect((await toEnd(engine, later.id)).job.result).toBe('as it is now')
})

test('a job that could not be stored leaves no file behind', async () => {
  const source = '---\ndescription: F\ninputs:\n  f: { type: file }\n---\nDO []'
  await using world = await makeWorld({ instructions: { run: source }, bin })
  await sql`create trigger full before insert on job begin select raise(abort, 'disk is full'); end`.execute(world.db)
  const f = [{ name: 'a.md', open: () => Readable.from(['a']) }]
  await expect(world.engine.submit({ ...run, inputs: { f } })).rejects.toThrow('disk is full')
  expect(await readdir(join(world.dir, 'data', 'inputs'))).toEqual([])
})
