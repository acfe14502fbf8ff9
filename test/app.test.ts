import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { startApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { createLog } from '../src/log.ts'
import { createSecrets } from '../src/redact.ts'
import { createFakePlatform } from './fakes/platform.ts'
import { eventually } from './support/eventually.ts'

test("the program's own log knows the secrets of MCP servers, also while their file has a mistake", async () => {
  const { dir, config } = await makeDir()
  const write = (name: string, text: string) => writeFile(join(dir, 'instructions', name), text)
  const servers = JSON.stringify({ mcpServers: { crm: { command: 'crm', env: { CRM_KEY: 'rhubarb-7' } } } })
  await write('mcp.json', servers)
  await write('ask.md', '---\ndescription: Ask\nmcp: [rhubarb-7]\n---\nAsk')
  const secrets = createSecrets(config.secrets)
  const out = new PassThrough()
  const app = await startApp(
    config,
    createLog({ level: 'info', format: 'json', redact: secrets.redact, out }),
    async () => [],
    secrets,
  )
  let said = ''
  const saysSoon = (words: string) =>
    eventually(() => {
      said += String(out.read() ?? '')
      expect(said).toContain(words)
    })
  await saysSoon('There is no server `[secret]`')
  await write('mcp.json', servers.slice(1))
  await saysSoon('`[secret]` cannot be used')
  await app.stop()
  expect(said).not.toContain('rhubarb-7')
}, 60_000)

test('a chat that does not answer keeps no running job from going back to the queue', async () => {
  const { config } = await makeDir()
  const answered = Promise.withResolvers<string>()
  const platform = { ...createFakePlatform(), post: () => answered.promise }
  const app = await startApp(config, createLog({ level: 'warn', format: 'json' }), async () => [platform])
  await platform.ask('wait')
  const newest = async () => (await app.engine.jobs({ limit: 1 })).jobs[0]?.status
  await eventually(async () => expect(await newest()).toBe('running'))
  const stopped = app.stop()
  await eventually(async () => expect(await newest()).toBe('queued'))
  answered.resolve('p1')
  await stopped
})

test('a start while another program has the database ends with one sentence, and nothing of it goes on', async () => {
  const { dir, config } = await makeDir()
  const log = createLog({ level: 'silent', format: 'json' })
  const start = () => startApp(config, log, async () => [createFakePlatform()])
  await (await start()).stop()
  const other = new Database(join(dir, 'data/errand.db'))
  other.exec('begin immediate')
  await expect(start()).rejects.toThrow('The database takes nothing now (database is locked); nothing was changed.')
  other.exec('rollback')
  await (await start()).stop()
})

test('a start is refused where the jobs are there and their database is not', async () => {
  const { dir, config } = await makeDir()
  const start = () => startApp(config, createLog({ level: 'silent', format: 'json' }), async () => [])
  const database = join(dir, 'data/errand.db')
  await (await start()).stop() // folders without a job are no jobs
  await rm(database)
  await (await start()).stop()
  await rm(database)
  await mkdir(join(dir, 'data/workspaces/one'))
  const lost = /database .*errand\.db is gone or empty, and .*workspaces has .* bring back a backup/
  await expect(start()).rejects.toThrow(lost)
  await writeFile(database, '')
  await expect(start()).rejects.toThrow(lost)
  expect((await stat(database)).size).toBe(0)
})

async function makeDir(): Promise<{ dir: string; config: Config }> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-app-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await mkdir(join(dir, 'instructions'))
  await writeFile(join(dir, 'instructions', 'wait.md'), '---\ndescription: Wait\n---\nDO [["hang"]]')
  const config = loadConfig(
    { PORT: '0', CLAUDE_BIN: resolve('test/fixtures/claude-fixture.mjs'), PATH: process.env.PATH },
    dir,
  )
  return { dir, config }
}
