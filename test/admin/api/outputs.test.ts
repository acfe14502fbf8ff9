import { readdir, readlink, symlink, unlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Admin } from '../../../src/admin/server.ts'
import { adminOf, asking } from '../../support/admin.ts'
import { ANN, makeWorld, toEnd, type World } from '../../support/world.ts'

const FIXTURE = fileURLToPath(new URL('../../fixtures/claude-fixture.mjs', import.meta.url))

const HOSTILE = 'a "b"\r\nset-cookie: x=1; <script>é.html'

let world: World
let admin: Admin
let ask: ReturnType<typeof asking>
let id: string

beforeAll(async () => {
  const steps = [
    ['write', ['notes.md', '# Notes']],
    ['write', ['large.txt', 'x'.repeat(1_000_000)]],
    ['write', [HOSTILE, '<script>alert(1)</script>']],
    ['result', 'made'],
  ]
  world = await makeWorld({
    instructions: { note: `---\ndescription: Write a note\n---\nDO ${JSON.stringify(steps)}` },
    bin: FIXTURE,
  })
  admin = adminOf(world)
  ask = asking(admin)
  id = (await world.engine.submit({ instruction: 'note', inputs: {}, origin: ANN })).id
  await toEnd(world.engine, id)
})
afterAll(async () => {
  admin.stop()
  await world[Symbol.asyncDispose]()
})

test('an output is served as what it is, and never run', async () => {
  const response = await ask(`/api/jobs/${id}/outputs/notes.md`)
  expect(await response.text()).toBe('# Notes')
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/markdown; charset=utf-8',
    'content-disposition': "attachment; filename*=UTF-8''notes.md",
    'content-length': '7',
    'x-content-type-options': 'nosniff',
  })
  expect(response.headers.get('content-security-policy')).toMatch(/^sandbox/)
})

test('the head of an output is given without its bytes, and its file is left closed', async () => {
  const large = (await (await ask(`/api/jobs/${id}`)).json()) as { outputs: { path: string; bytes: number }[] }
  const bytes = large.outputs.find(({ path }) => path === 'large.txt')?.bytes
  const response = await ask(`/api/jobs/${id}/outputs/large.txt`, { method: 'HEAD' })
  expect([response.headers.get('content-length'), response.body]).toEqual([String(bytes), null])
  const open = await Promise.all(
    (await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  expect(open.filter(path => path.endsWith('large.txt'))).toEqual([])
})

test('a name with quotes, line breaks and tags is a name and nothing else', async () => {
  const { outputs } = (await (await ask(`/api/jobs/${id}`)).json()) as { outputs: { path: string; url: string }[] }
  const hostile = outputs.find(({ path }) => path === HOSTILE)
  const response = await ask(hostile?.url ?? '')
  expect(await response.text()).toBe('<script>alert(1)</script>')
  expect(response.headers.get('set-cookie')).toBeNull()
  expect(response.headers.get('content-disposition')).toBe(
    "attachment; filename*=UTF-8''a%20%22b%22%0D%0Aset-cookie%3A%20x%3D1%3B%20%3Cscript%3E%C3%A9.html",
  )
})

test.each([
  '../../../../etc/passwd',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/errand.db',
  '/etc/passwd',
  '%2Fetc%2Fpasswd',
  'notes.md%00',
  'notes.md/',
  'NOTES.MD',
  'nothing.md',
  '%',
  '',
])('the path "%s" leads nowhere', async path => {
  expect((await ask(`/api/jobs/${id}/outputs/${path}`)).status).toBe(404)
})

test('a copy that was taken away, or has a link in its place, is not there', async () => {
  const view = await world.engine.job(id)
  const { file = '' } = view?.outputs.find(({ path }) => path === 'notes.md') ?? {}
  await unlink(file)
  expect(await (await ask(`/api/jobs/${id}/outputs/notes.md`)).json()).toMatchObject({
    status: 404,
    detail: 'The file notes.md is no longer kept on this server (ENOENT).',
  })
  await symlink('/etc/passwd', file)
  expect((await ask(`/api/jobs/${id}/outputs/notes.md`)).status).toBe(404)
})

test('outputs of all jobs are listed and searched', async () => {
  const list = async (query: string) => (await (await ask(`/api/outputs?${query}`)).json()) as { outputs: unknown[] }
  expect((await list('q=NOTES')).outputs).toMatchObject([
    { job: id, instruction: 'note', path: HOSTILE },
    { job: id, instruction: 'note', path: 'large.txt' },
    { job: id, instruction: 'note', path: 'notes.md' },
  ])
  expect((await list('q=nothing')).outputs).toEqual([])
})
