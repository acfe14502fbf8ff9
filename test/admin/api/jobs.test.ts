import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiJob } from '../../../src/admin/api/schemas.ts'
import type { ProblemBody } from '../../../src/admin/problem.ts'
import type { Admin } from '../../../src/admin/server.ts'
import { adminOf, asking, posting } from '../../support/admin.ts'
import { makeWorld, toEnd, type World } from '../../support/world.ts'

const FIXTURE = fileURLToPath(new URL('../../fixtures/claude-fixture.mjs', import.meta.url))

const NOTE = `---
description: Write a note
inputs:
  topic: { type: text, required: true, max: 400 }
  words: { type: integer, min: 1, max: 9 }
  source: { type: file, max: 3 }
allow: [channel:slack:C024]
---
{{topic}} {{source}}`

const STEPS = [
  ['say', 'hello'],
  ['write', ['notes.md', '# Notes']],
  ['result', 'made'],
]
const MAKE = `---\ndescription: Make a note\ninputs:\n  source: { type: file, max: 3 }\n---\nDO ${JSON.stringify(STEPS)}`

let world: World
let admin: Admin
let ask: ReturnType<typeof asking>

beforeAll(async () => {
  world = await makeWorld({ instructions: { note: NOTE, make: MAKE }, bin: FIXTURE })
  admin = adminOf(world)
  ask = asking(admin)
})
afterAll(async () => {
  admin.stop()
  await world[Symbol.asyncDispose]()
})

const later = '2099-01-01T00:00:00Z'
/** Whatever an answer holds: a test looks at what it expects. */
type Body = ApiJob &
  Pick<ProblemBody, 'detail' | 'errors'> & { jobs: ApiJob[]; nextCursor: string; paths: Record<string, unknown> }
const read = async (response: Response) => ({ status: response.status, body: (await response.json()) as Body })
const submit = async (topic: string, more: Record<string, unknown> = {}) =>
  await read(await ask('/api/jobs', posting({ instruction: 'note', inputs: { topic }, ...more })))

test('a job is submitted, read and listed as the contract shows it', async () => {
  const { status, body } = await submit('Tyres', { priority: 2, notBefore: later })
  expect(status).toBe(202)
  expect(body).toMatchObject({
    instruction: 'note',
    title: 'Tyres',
    inputs: { topic: 'Tyres' },
    status: 'queued',
    failure: null,
    reason: 'not before 2099-01-01 00:00 UTC',
    estimateSeconds: expect.any(Number),
    priority: 2,
    requestedBy: { platform: 'api', userId: 'admin', name: 'admin' },
    attempt: 0,
    costUsd: 0,
    questions: [],
    outputs: [],
  })
  const job = { ...body, estimateSeconds: expect.any(Number) } // a second may have passed
  expect(await read(await ask(`/api/jobs/${body.id}`))).toEqual({ status: 200, body: job })
  const listed = await read(await ask('/api/jobs?status=queued&q=tyr&instruction=note&user=user:api:admin'))
  expect(listed.body).toEqual({ jobs: [job], nextCursor: null })
})

test('a list is read page by page', async () => {
  const ids: string[] = []
  for (const topic of ['one', 'two', 'three'])
    ids.unshift((await submit(`page ${topic}`, { notBefore: later })).body.id)
  const first = (await read(await ask('/api/jobs?limit=2'))).body
  expect(first.jobs.map(({ id }) => id)).toEqual(ids.slice(0, 2))
  const second = (await read(await ask(`/api/jobs?limit=2&cursor=${encodeURIComponent(first.nextCursor)}`))).body
  expect(second.jobs[0]?.id).toBe(ids[2])
})

const formOf = (parts: Record<string, string>): RequestInit => {
  const form = new FormData()
  for (const [name, value] of Object.entries(parts)) form.set(name, value)
  return { method: 'POST', body: form }
}

test('every wrong input is named at once, and nothing starts', async () => {
  const before = (await read(await ask('/api/jobs'))).body.jobs.length
  const { status, body } = await read(
    await ask('/api/jobs', posting({ instruction: 'note', inputs: { words: 99, colour: 'red' } })),
  )
  expect(status).toBe(422)
  expect(body).toMatchObject({ type: 'about:blank', title: 'Wrong input', status: 422 })
  expect(body.errors?.map(({ field }) => field)).toEqual(['topic', 'words', 'colour'])
  expect(body.errors?.[1]?.message).toBe('`words` must be a whole number from 1 to 9; you gave the number `99`.')
  expect((await read(await ask('/api/jobs'))).body.jobs).toHaveLength(before)
})

test.each([
  ['an unknown instruction', posting({ instruction: 'nope', inputs: {} }), 422, /There is no instruction `nope`/],
  ['an unknown member', posting({ instruction: 'note', inputs: { topic: 'x' }, colour: 1 }), 422, /colour/],
  [
    'a time that is none',
    posting({ instruction: 'note', inputs: { topic: 'x' }, notBefore: 'soon' }),
    422,
    /notBefore/,
  ],
  [
    'a time after all others',
    posting({ instruction: 'note', inputs: { topic: 'x' }, notBefore: '9999-12-31T23:00:00-02:00' }),
    422,
    /notBefore/,
  ],
  [
    'a form whose inputs are no JSON',
    formOf({ instruction: 'note', inputs: '{' }),
    422,
    /^`inputs` must be a JSON object/,
  ],
  ['broken JSON', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400, /JSON/],
  ['another type', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }, 415, /multipart/],
  ['a file that is no file', posting({ instruction: 'note', inputs: { topic: 'x', source: ['a'] } }), 422, /`source`/],
])('%s is a problem with its remedy', async (_, request, status, detail) => {
  const response = await ask('/api/jobs', request)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(await read(response)).toMatchObject({ status, body: { status, detail: expect.stringMatching(detail) } })
})

test('the same key gives the same job, and another request under it a conflict', async () => {
  const request = (topic: string) => {
    const { headers, ...init } = posting({ instruction: 'note', inputs: { topic }, notBefore: later })
    return ask('/api/jobs', { ...init, headers: { ...headers, 'idempotency-key': 'k-1' } })
  }
  const [first, second] = [await read(await request('once')), await read(await request('once'))]
  expect(second).toEqual({ ...first, body: { ...first.body, estimateSeconds: expect.any(Number) } })
  expect((await request('twice')).status).toBe(409)
})

test('files come as parts of a form, and outputs of earlier jobs by name', async () => {
  const form = new FormData()
  form.set('instruction', 'make')
  form.append('source', new File(['one'], 'one.txt'))
  form.append('source', new File(['two'], 'two.txt'))
  const { status, body } = await read(await ask('/api/jobs', { method: 'POST', body: form }))
  expect(status).toBe(202)
  expect(body.inputs.source).toMatchObject([
    { name: 'one.txt', bytes: 3 },
    { name: 'two.txt', bytes: 3 },
  ])
  await toEnd(world.engine, body.id)
  const next = await submit('next', { inputs: { topic: 'next', source: `job:${body.id}/notes.md` }, notBefore: later })
  expect(next.body.inputs.source).toMatchObject([{ name: 'notes.md', bytes: 7 }])
  const gone = await submit('none', { inputs: { topic: 'x', source: `job:${body.id}/other.md` } })
  expect(gone.body.detail).toBe(`Job \`${body.id}\` has no output \`other.md\`. It has \`notes.md\`.`)
})

test('a request that is too large is refused before it is read', async () => {
  const form = new FormData()
  form.append('source', new File(['x'], 'x'))
  const headers = { 'content-length': '60000000' }
  const response = await ask('/api/jobs', { method: 'POST', body: new URLSearchParams({ a: 'x' }), headers })
  expect(response.status).toBe(413)
})

test('a job is cancelled once', async () => {
  const { id } = (await submit('stop', { notBefore: later })).body
  const cancelled = await read(await ask(`/api/jobs/${id}/cancel`, { method: 'POST' }))
  expect(cancelled).toMatchObject({ status: 202, body: { status: 'cancelled', message: 'cancelled by admin' } })
  expect((await ask(`/api/jobs/${id}/cancel`, { method: 'POST' })).status).toBe(409)
  expect((await ask('/api/jobs/nobody00/cancel', { method: 'POST' })).status).toBe(404)
})

test.each(['/api/jobs/nobody00', '/api/jobs/nobody00/logs', '/api/jobs/..%2f..%2fetc', '/api/nothing'])(
  '%s is not there',
  async path => {
    expect(await read(await ask(path))).toMatchObject({ status: 404, body: { title: 'Not found' } })
  },
)

test('the stored lines come as a file', async () => {
  const { id } = (await submit('', { instruction: 'make', inputs: {} })).body
  const { events } = await toEnd(world.engine, id)
  const response = await ask(`/api/jobs/${id}/logs?format=ndjson&follow=0`)
  const lines = (await response.text()).trimEnd().split('\n')
  expect(lines.map(line => JSON.parse(line))).toEqual(events)
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${id}.ndjson"`)
  const rest = await (await ask(`/api/jobs/${id}/logs?format=ndjson&follow=0&after=${events.length - 1}`)).text()
  expect(JSON.parse(rest)).toEqual(events.at(-1))
})

test('instructions are given with their inputs as JSON Schema', async () => {
  const { body } = await read(await ask('/api/instructions'))
  expect(body).toMatchObject({
    instructions: [{ name: 'note', inputs: { required: ['topic'] } }, { name: 'make' }],
    mistakes: [],
  })
  expect((await ask('/api/instructions/note')).status).toBe(200)
  expect((await ask('/api/instructions/nope')).status).toBe(404)
})

test('every route is in the document, and each of its answers is described', async () => {
  const { body } = await read(await ask('/api/openapi.json'))
  expect(Object.keys(body.paths).sort()).toEqual([
    '/audit',
    '/conversations',
    '/conversations/{id}',
    '/instructions',
    '/instructions/{name}',
    '/jobs',
    '/jobs/{id}',
    '/jobs/{id}/answer',
    '/jobs/{id}/cancel',
    '/jobs/{id}/feedback',
    '/jobs/{id}/follow-up',
    '/jobs/{id}/logs',
    '/jobs/{id}/outputs/{path}',
    '/jobs/{id}/resume',
    '/jobs/{id}/retry',
    '/jobs/{id}/takeover',
    '/limits',
    '/outputs',
    '/people',
    '/people/{actor}',
    '/questions/{questionId}',
    '/schedules',
    '/schedules/{id}',
    '/schedules/{id}/run',
    '/schedules/{id}/runs',
  ])
  const served = admin.app.routes.filter(({ path, method }) => path.startsWith('/api/') && method !== 'ALL')
  const documented = Object.keys(body.paths).map(path => `/api${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)
  const undocumented = served.filter(({ path }) => !documented.includes(path.replace('{.+}', '')))
  expect(undocumented.map(({ path }) => path)).toEqual(['/api/openapi.json'])
})
