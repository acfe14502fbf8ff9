import { expect, test } from 'vitest'
import type { ApiJob } from '../../../src/admin/api/schemas.ts'
import type { ProblemBody } from '../../../src/admin/problem.ts'
import { bin, doing, todo } from '../../engine/conversations/fixture.ts'
import { adminOf, asking, posting } from '../../support/admin.ts'
import { makeWorld, toEnd, until } from '../../support/world.ts'

const FAILS = doing([
  ['say', 'here'],
  ['fail', { terminal_reason: 'api_error' }],
  ['exit', 1],
])
const OK = doing([
  ['write', ['a.md', 'a']],
  ['result', 'made'],
])

type Conversation = { id: string; heldBy: string | null; jobs: (ApiJob & { asked: unknown[] })[] }

async function start(instructions: Record<string, string>) {
  const world = await makeWorld({ instructions, bin })
  const ask = asking(adminOf(world))
  const post = async (path: string, body?: object) => {
    const response = await ask(path, body ? posting(body) : { method: 'POST' })
    return {
      status: response.status,
      body: (await response.json()) as ApiJob & Pick<ProblemBody, 'detail'> & { command: string },
    }
  }
  const run = async (instruction: string) => (await post('/api/jobs', { instruction, inputs: {} })).body.id
  return { world, ask, post, run }
}

test('a failed job is retried and resumed, and one that runs or has succeeded is not', async () => {
  const { world, post, run } = await start({ fails: FAILS, ok: OK })
  await using _ = world
  const id = await run('fails')
  await toEnd(world.engine, id)
  const retried = await post(`/api/jobs/${id}/retry`)
  expect(retried).toMatchObject({ status: 202, body: { id, status: 'queued', round: 2, failure: null } })
  expect((await post(`/api/jobs/${id}/resume`)).status).toBe(409)
  await until(world.engine, id, ({ status, attempt }) => status === 'failed' && attempt === 2)
  expect(await post(`/api/jobs/${id}/resume`)).toMatchObject({ status: 202, body: { id, round: 3 } })
  await until(world.engine, id, ({ status, attempt }) => status === 'succeeded' && attempt === 3)
  const refused = await post(`/api/jobs/${id}/retry`)
  expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('has succeeded') } })
  expect((await post('/api/jobs/zzzzzzzz/retry')).status).toBe(404)
  expect((await post(`/api/jobs/${id}/retry?version=older`)).status).toBe(400)
})

test('a follow-up is the next job of the conversation, which is shown whole and in order', async () => {
  const { world, ask, post, run } = await start({ ok: OK })
  await using _ = world
  const id = await run('ok')
  await toEnd(world.engine, id)
  expect((await post(`/api/jobs/${id}/follow-up`, { text: '  ' })).status).toBe(422)
  expect((await post(`/api/jobs/${id}/follow-up`, { text: 'more', when: 'later' })).status).toBe(422)
  const { status, body } = await post(`/api/jobs/${id}/follow-up`, { text: 'more' })
  expect([status, body]).toMatchObject([202, { reply: 'more', parent: id, title: 'more' }])
  await toEnd(world.engine, body.id)
  const read = async (path: string) =>
    (await (await ask(path)).json()) as Conversation & { conversations: Conversation[] }
  const whole = await read(`/api/conversations/${body.conversation}`)
  expect(whole.jobs.map(({ id, result, outputs }) => [id, result, outputs.map(({ path }) => path)])).toEqual([
    [id, 'made', ['a.md']],
    [body.id, 'more', []],
  ])
  expect((await read('/api/conversations')).conversations).toMatchObject([{ id: whole.id, heldBy: null }])
  expect((await ask('/api/conversations/none')).status).toBe(404)
})

test('files come with a follow-up as parts of a form, or as outputs of earlier jobs, and are its inputs', async () => {
  const { world, ask, run } = await start({ ok: OK })
  await using _ = world
  const id = await run('ok')
  await toEnd(world.engine, id)
  const send = async (parts: readonly (readonly [string, string | File])[], changes: RequestInit = {}) => {
    const form = new FormData()
    for (const [name, part] of parts) form.append(name, part)
    const response = await ask(`/api/jobs/${id}/follow-up`, { method: 'POST', body: form, ...changes })
    return { status: response.status, body: (await response.json()) as ApiJob & Pick<ProblemBody, 'detail'> }
  }
  const notes = new File(['notes'], 'notes.md')
  const { status, body } = await send([
    ['files', notes],
    ['files', `job:${id}/a.md`],
  ])
  expect([status, body.reply]).toEqual([202, 'Look at the files.'])
  for (const name of ['notes.md', 'a.md'])
    expect((await toEnd(world.engine, body.id)).job.result).toContain(`- inputs/${body.id}/${name}`)
  const read = await send([
    ['text', 'read it'],
    ['files', notes],
  ])
  expect(read.body).toMatchObject({
    reply: 'read it',
    parent: body.id,
    inputs: { files: [{ name: 'notes.md', bytes: 5 }] },
  })
  const named = await send([], posting({ text: 'and this', files: [`job:${id}/a.md`] }))
  expect(named.body.inputs.files).toMatchObject([{ name: 'a.md', bytes: 1 }])
  for (const [parts, words] of [
    [[], 'Your reply is empty'],
    [[['files', 'a.md']], '`files` must be a file'],
    [[['file', notes]], 'file'],
    [
      [
        ['files', notes],
        ['when', 'now'],
      ],
      'Files cannot be said into a running turn',
    ],
  ] as const)
    expect(await send(parts)).toMatchObject({ status: 422, body: { detail: expect.stringContaining(words) } })
  expect((await send([], { body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(415)
  const large = await send([], { body: new URLSearchParams({ a: 'x' }), headers: { 'content-length': '60000000' } })
  expect(large).toMatchObject({ status: 413, body: { detail: expect.stringContaining('Send fewer or smaller files') } })
})

test('who downloads a file gets it whole as it was, though a follow-up writes it anew meanwhile', async () => {
  const size = 5_000_000
  const { world, ask, post, run } = await start({
    big: doing([
      ['fill', ['a.md', 'a', size]],
      ['result', 'made'],
    ]),
  })
  await using _ = world
  const id = await run('big')
  await toEnd(world.engine, id)
  const reader = (await ask(`/api/jobs/${id}/outputs/a.md`)).body?.getReader()
  const first = await reader?.read()
  const text = todo([
    ['fill', ['a.md', 'b', size]],
    ['result', 'changed'],
  ])
  const { body } = await post(`/api/jobs/${id}/follow-up`, { text })
  expect((await toEnd(world.engine, body.id)).job.outputs).toMatchObject([{ path: 'a.md', bytes: size }])
  const chunks = [Buffer.from(first?.value ?? '')]
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
    chunks.push(Buffer.from(next.value))
  expect(Buffer.concat(chunks).equals(Buffer.alloc(size, 'a'))).toBe(true)
})

test('a reply now is heard by the running job, and one instead takes its place', async () => {
  const { world, post, run } = await start({
    slow: doing([
      ['say', 'here'],
      ['sleep', 300],
    ]),
    long: doing([['say', 'here'], ['hang']]),
  })
  await using _ = world
  const slow = await run('slow')
  await until(world.engine, slow, ({ kind }) => kind === 'text')
  const now = await post(`/api/jobs/${slow}/follow-up`, { text: 'shorter', when: 'now' })
  expect(now).toMatchObject({ status: 200, body: { id: slow } })
  expect((await toEnd(world.engine, slow)).job.result).toBe('shorter')
  const long = await run('long')
  await until(world.engine, long, ({ kind }) => kind === 'text')
  const instead = await post(`/api/jobs/${long}/follow-up`, { text: todo([['result', 'done']]), when: 'instead' })
  expect(instead.status).toBe(202)
  expect((await toEnd(world.engine, instead.body.id)).job.result).toBe('done')
  expect((await world.engine.job(long))?.status).toBe('cancelled')
})

test('a conversation is held while its session is open in a terminal', async () => {
  const { world, ask, post, run } = await start({ ok: OK })
  await using _ = world
  const id = await run('ok')
  const { job } = await toEnd(world.engine, id)
  const taken = await post(`/api/jobs/${id}/takeover`)
  expect(taken).toMatchObject({ status: 200, body: { command: expect.stringContaining('--resume') } })
  expect((await post(`/api/jobs/${id}/takeover`)).status).toBe(409)
  const read = async () => (await (await ask(`/api/conversations/${job.conversation}`)).json()) as Conversation
  expect((await read()).heldBy).toBe('admin')
  expect((await ask(`/api/jobs/${id}/takeover`, { method: 'DELETE' })).status).toBe(200)
  expect((await read()).heldBy).toBeNull()
})

test('what people think of a result is kept by the version of its instruction', async () => {
  const { world, post, run } = await start({ ok: OK })
  await using _ = world
  const id = await run('ok')
  await toEnd(world.engine, id)
  expect((await post(`/api/jobs/${id}/feedback`, { good: true })).status).toBe(200)
  const last = await post(`/api/jobs/${id}/feedback`, { good: false, words: 'too long' }) // the last word stands
  expect(last.body.feedback).toMatchObject([{ good: false, words: 'too long' }])
  const again = await post(`/api/jobs/${id}/feedback`, { good: false }) // a button that is pressed twice
  expect(again.body.feedback).toMatchObject([{ good: false, words: 'too long' }])
  const sha = world.engine.instructions().byName.get('ok')?.sha
  expect(await world.engine.versions('ok')).toMatchObject([
    { sha, jobs: 1, succeeded: 1, costUsd: 0.25, good: 0, bad: 1, words: [{ good: false, text: 'too long', job: id }] },
  ])
  const other = await post(`/api/jobs/${id}/feedback`, { good: true })
  expect(other.body.feedback).toMatchObject([{ good: true, words: null }])
})

test('more than any text may be is not even read', async () => {
  const { world, post } = await start({ ok: OK })
  await using _ = world
  for (const path of ['answer', 'feedback']) {
    const { status, body } = await post(`/api/jobs/4x7k2m9q/${path}`, { text: 'x'.repeat(1_000_001) })
    expect([status, body.detail]).toEqual([413, expect.stringContaining('is larger than 1.0 MB; nothing was changed')])
  }
})
