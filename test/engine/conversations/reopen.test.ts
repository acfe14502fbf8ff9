import { access, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { ANN, BEN, makeWorld, toEnd, until } from '../../support/world.ts'
import { questionOf } from '../questions/asking.ts'
import { bin, doing, type Todo } from './fixture.ts'

const run = { instruction: 'run', inputs: {}, origin: ANN }
const FAILS: Todo = [
  ['say', 'here'],
  ['write', ['half.md', 'half']],
  ['fail', { terminal_reason: 'api_error' }],
  ['exit', 1],
]

test('a retry begins afresh in an empty workspace and is a further attempt of the same job', async () => {
  await using world = await makeWorld({ instructions: { run: doing(FAILS) }, bin })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  const first = (await toEnd(engine, id)).job
  expect(first.status).toBe('failed')
  expect(await engine.reopen(id, { cause: 'retry' }, ANN)).toMatchObject({
    id,
    status: 'queued',
    failure: null,
    round: 2,
  })
  await until(engine, id, ({ status, attempt }) => status === 'failed' && attempt === 2)
  const { job, events } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'failed', attempt: 2 })
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  expect(events.find(({ text }) => text === 'ann asked for another try')).toMatchObject({
    status: 'queued',
    attempt: 1,
  })
  const attempts = await db.selectFrom('attempt').select(['cause', 'workspace', 'session']).orderBy('n').execute()
  expect(attempts.map(({ cause }) => cause)).toEqual(['submit', 'retry'])
  expect(attempts[1]?.workspace).not.toBe(attempts[0]?.workspace)
  expect(await readdir(join(world.dir, 'outputs', id))).toEqual(['1', '2']) // each keeps its own files
})

test('the folders that a retry leaves behind are removed', async () => {
  await using world = await makeWorld({ instructions: { run: doing(FAILS) }, bin })
  const { id } = await world.engine.submit(run)
  const { conversation } = (await toEnd(world.engine, id)).job
  await world.engine.reopen(id, { cause: 'retry' }, ANN)
  const engine = await world.restart()
  await toEnd(engine, id)
  const old = join(world.dir, 'data', 'workspaces', conversation)
  await expect
    .poll(() =>
      access(old).then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone')
})

test('a resume goes on in the same session and workspace', async () => {
  await using world = await makeWorld({ instructions: { run: doing(FAILS) }, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  await toEnd(engine, id)
  await engine.reopen(id, { cause: 'resume' }, ANN)
  await until(engine, id, ({ status, attempt }) => status === 'succeeded' && attempt === 2)
  const { job } = await toEnd(engine, id)
  expect(job.result).toContain('a person asks you to go on')
  expect(job.outputs.map(({ path }) => path)).toEqual(['half.md'])
})

test('a resume has its time and its money anew', async () => {
  const slow = doing(
    [['write', ['.again', '[["result","ok"]]']], ['say', 'here'], ['hang']],
    'timeout: 1s\nmax-cost: 0.2\n',
  )
  await using world = await makeWorld({ instructions: { run: slow }, bin })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  expect((await toEnd(engine, id)).job.failure).toBe('timeout')
  await db.updateTable('attempt').set({ cost_usd: 5 }).execute()
  await engine.reopen(id, { cause: 'resume' }, ANN)
  await until(engine, id, ({ status, attempt }) => status === 'succeeded' && attempt === 2)
})

test('only the last job of a conversation that ended without success is taken up again, by who may', async () => {
  const instructions = { run: doing(FAILS), ok: doing([['result', 'ok']]) }
  await using world = await makeWorld({ instructions, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  const reopen = (job: string, by = ANN) => engine.reopen(job, { cause: 'retry' }, by)
  await toEnd(engine, id)
  await expect(reopen(id, BEN)).rejects.toThrow('Only ann may retry this job.')
  await engine.cancel((await engine.followUp(id, { text: 'more' }, ANN)).job.id, ANN)
  await expect(reopen(id)).rejects.toThrow('has gone on since')
  const { id: good } = await engine.submit({ ...run, instruction: 'ok' })
  await toEnd(engine, good)
  await expect(reopen(good)).rejects.toThrow('has succeeded: run it again')
  const { id: twice } = await engine.submit(run)
  await toEnd(engine, twice)
  const tries = await Promise.allSettled([reopen(twice), reopen(twice)])
  expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a retry of a reply does not throw away the folders in which the job before it works', async () => {
  const instructions = {
    run: doing([
      ['say', 'here'],
      ['until', 'go'],
      ['result', 'ok'],
    ]),
  }
  await using world = await makeWorld({ instructions, bin })
  const { engine, dir } = world
  const { id, conversation } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const { job: reply } = await engine.followUp(id, { text: 'more' }, ANN)
  await engine.cancel(reply.id, ANN)
  await expect(engine.reopen(reply.id, { cause: 'retry' }, ANN)).rejects.toMatchObject({
    ...{ kind: 'conflict', message: `Job \`${id}\` goes on: retry it after that, or resume it.` },
  })
  await engine.reopen(reply.id, { cause: 'resume' }, ANN)
  await writeFile(join(dir, 'data', 'workspaces', conversation, 'go'), '')
  const ended = until(engine, reply.id, ({ status }) => status === 'succeeded')
  expect(await ended).toMatchObject({ attempt: 1 })
})

test('a job that was not to start before a time is queued once when it is taken up again earlier', async () => {
  const slow = doing([
    ['say', 'here'],
    ['sleep', 1500],
    ['result', 'ok'],
  ])
  await using world = await makeWorld({ instructions: { slow, run: doing([['result', 'ok']]) }, bin, slots: 1 })
  const { engine } = world
  const busy = await engine.submit({ ...run, instruction: 'slow' })
  await until(engine, busy.id, ({ kind }) => kind === 'text')
  const { id } = await engine.submit({ ...run, notBefore: new Date(Date.now() + 700) })
  await engine.cancel(id, ANN)
  await engine.reopen(id, { cause: 'retry' }, ANN)
  await until(engine, id, ({ status }) => status === 'succeeded')
})

test('a retry stands in the queue like any other job: a full one takes none', async () => {
  await using world = await makeWorld({ instructions: { run: doing(FAILS) }, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  await toEnd(engine, id)
  await engine.setLimits([{ scope: ANN.actor, name: 'queued', value: 1 }], ANN)
  await engine.submit({ ...run, notBefore: new Date(Date.now() + 3_600_000) })
  await expect(engine.reopen(id, { cause: 'retry' }, ANN)).rejects.toThrow('The queue is full: 1 job of yours')
  await engine.setLimits([{ scope: ANN.actor, name: 'queued', value: 0 }], ANN)
  await expect(engine.reopen(id, { cause: 'retry' }, ANN)).rejects.toThrow('An admin takes no job of yours now')
  expect(await engine.job(id)).toMatchObject({ status: 'failed', round: 1 })
})

test('a retry runs the version of its own, or that of today, as the person chooses', async () => {
  const instructions = {
    run: doing([
      ['say', 'old'],
      ['fail', {}],
      ['exit', 1],
    ]),
  }
  await using world = await makeWorld({ instructions, bin })
  const { id } = await world.engine.submit(run)
  await toEnd(world.engine, id)
  instructions.run = doing([['result', 'by the new one']])
  const engine = await world.restart()
  await engine.reopen(id, { cause: 'retry' }, ANN)
  await until(engine, id, ({ status, attempt }) => status === 'failed' && attempt === 2)
  await engine.reopen(id, { cause: 'retry', current: true }, ANN)
  await until(engine, id, ({ status, attempt }) => status === 'succeeded' && attempt === 3)
  const { job, events } = await toEnd(engine, id)
  expect(job.result).toBe('by the new one')
  expect(events.filter(({ text }) => text === 'old')).toHaveLength(2)
  expect(events.map(({ text }) => text)).toContain('ann asked for another try, with `run` as it is today')
  expect(await world.db.selectFrom('instruction_version').select('sha').execute()).toHaveLength(2)
})

test("today's version is refused where the inputs do not fit it", async () => {
  const inputs = (more: string) => doing(FAILS, `inputs:\n  a: { type: text }\n  f: { type: file }\n${more}`)
  const instructions = { run: inputs('') }
  await using world = await makeWorld({ instructions, bin })
  const f = [{ name: 'a.md', open: () => Readable.from(['a']) }]
  const { id } = await world.engine.submit({ ...run, inputs: { a: 'x', f } })
  await toEnd(world.engine, id)
  instructions.run = inputs('  b: { type: text, required: true }\n')
  let engine = await world.restart()
  await expect(engine.reopen(id, { cause: 'retry', current: true }, ANN)).rejects.toThrow(/Edit and retry.*`b` is req/s)
  instructions.run = inputs('  c: { type: integer, default: 3 }\n')
  engine = await world.restart()
  const job = await engine.reopen(id, { cause: 'retry', current: true }, ANN)
  expect(job.inputs).toMatchObject({ a: 'x', f: [{ name: 'a.md' }], c: 3 })
})

test('a version that can be read no more says what is to be done, wherever it is needed', async () => {
  const asks: Todo = [['ask', ['toolu_1', 'Bash', { command: 'ls' }]], ...FAILS]
  const keys = 'ask-tools: [Bash]\n'
  const instructions = { run: doing(FAILS), ask: doing(asks, keys), ok: doing([['result', 'ok']]) }
  await using world = await makeWorld({ instructions, bin })
  const failed = await world.engine.submit(run)
  await toEnd(world.engine, failed.id)
  const waiting = await world.engine.submit({ ...run, instruction: 'ask' })
  const { id: question } = await questionOf(world.engine, waiting.id)
  const good = await world.engine.submit({ ...run, instruction: 'ok' })
  await toEnd(world.engine, good.id)
  // As after an upgrade to a program that reads instructions more strictly.
  await world.db.updateTable('instruction_version').set({ source: 'no front matter' }).execute()
  for (const name of ['run', 'ask', 'ok'] as const) instructions[name] = doing([['result', 'new']])
  const engine = await world.restart()
  const words = (name: string, job: string, first = '') =>
    `I cannot read the version of \`${name}\` any more with which job \`${job}\` was asked for. To go on, ${first}retry it with today's version (\`errand retry ${job} --current\`).`
  for (const cause of ['retry', 'resume'] as const)
    await expect(engine.reopen(failed.id, { cause }, ANN)).rejects.toThrow(words('run', failed.id))
  const answer = engine.answer(question, { decision: 'approve' }, ANN)
  await expect(answer).rejects.toThrow(words('ask', waiting.id, 'cancel it, then '))
  await engine.reopen(failed.id, { cause: 'retry', current: true }, ANN)
  await until(engine, failed.id, ({ status, attempt }) => status === 'succeeded' && attempt === 2)
  await world.db.updateTable('session').set({ native_id: null }).execute() // its past is told as text
  const { job: reply } = await engine.followUp(good.id, { text: 'more' }, ANN)
  expect((await toEnd(engine, reply.id)).job.result).toMatch(/ann asked:\s+ok: ok\s+You answered:\s+ok.*more$/s)
})

test('a job whose version can be read no more when its turn comes fails with the sentence that helps', async () => {
  const instructions = { run: doing(FAILS) }
  await using world = await makeWorld({ instructions, bin })
  const { id } = await world.engine.submit({ ...run, notBefore: new Date(Date.now() + 3_600_000) })
  await world.db.updateTable('instruction_version').set({ source: 'no front matter' }).execute()
  instructions.run = doing([['result', 'new']])
  await world.db.updateTable('job').set({ hold_until: '2026-01-01T00:00:00.000Z' }).execute()
  const engine = await world.restart()
  const { job } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'failed', failure: 'internal' })
  expect(job.message).toMatch(/^I cannot read the version of `run` any more/)
})
