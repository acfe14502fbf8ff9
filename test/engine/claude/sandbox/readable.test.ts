import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readablePaths } from '../../../../src/engine/claude/sandbox/readable.ts'

const mcp = (server: unknown) => ({ mcpServers: { crm: server } })
const pathsOf = (program: string, server: unknown = {}, env = {}, hidden = ['/srv/errand/data']) =>
  readablePaths(program, mcp(server), env, hidden)

test('a program in a package comes with the packages beside it, another one alone', () => {
  const packages = '/srv/errand/node_modules'
  expect(pathsOf(`${packages}/@anthropic-ai/claude-code-linux-x64/claude`)).toContain(packages)
  expect(pathsOf('/home/ann/bin/claude')).toContain('/home/ann/bin/claude')
})

test('a linked program is there under both names', async () => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-readable-')))
  onTestFinished(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, 'version-2'))
  await symlink('version-2', join(dir, 'claude'))
  expect(pathsOf(join(dir, 'claude'))).toEqual(expect.arrayContaining([join(dir, 'claude'), join(dir, 'version-2')]))
})

test("a server's absolute paths are there, its other words and an address are not", () => {
  const paths = pathsOf('/bin/claude', { command: 'node', args: ['/opt/crm', 'src/x.mjs', '--port', 3] })
  expect(paths).toContain('/opt/crm')
  expect(paths.filter(path => !path.startsWith('/'))).toEqual([])
  expect(pathsOf('/bin/claude', { type: 'http', url: 'https://crm.example' })).toEqual(pathsOf('/bin/claude'))
})

test("a Google account's key file is there", () => {
  expect(pathsOf('/bin/claude', {}, { GOOGLE_APPLICATION_CREDENTIALS: '/etc/google.json' })).toContain(
    '/etc/google.json',
  )
})

test.each(['/srv/errand/data', '/srv/errand/data/errand.db', '/srv/errand', '/srv', '/'])(
  'nothing opens what is hidden, not by naming %s',
  path => {
    expect(pathsOf('/bin/claude', { command: path })).toEqual(pathsOf('/bin/claude'))
  },
)
