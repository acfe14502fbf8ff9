import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { loadConfig } from '../src/config.ts'
import { openDatabase } from '../src/db/connect.ts'
import { createClaude } from '../src/engine/claude/claude.ts'
import { createEngine } from '../src/engine/engine.ts'
import { loadInstructions } from '../src/engine/instructions/load.ts'
import { createLog } from '../src/log.ts'
import { NO_SANDBOX } from '../src/sandbox.ts'
import { eventually } from './support/eventually.ts'
import { makeSite } from './support/server.ts'
import { ANN, until } from './support/world.ts'

/** The program as a person starts it, with nothing of this environment but PATH. */
async function setUp() {
  const dir = await mkdtemp(join(tmpdir(), 'errand-program-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const env = {
    PATH: process.env.PATH ?? '',
    DATA_DIR: join(dir, 'data'),
    OUTPUTS_DIR: join(dir, 'outputs'),
    PORT: '0',
  }
  const start = (args: string[], more: Record<string, string> = {}) =>
    execa(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
      env: { ...env, ...more },
      extendEnv: false,
      reject: false,
      timeout: 45_000,
    })
  return { dir, start }
}

test('every problem of the configuration is named at once, with exit status 2', async () => {
  const { start } = await setUp()
  const { exitCode, stderr } = await start(['start'], { PORT: 'many', LOG_LEVEL: 'loud', JOB_TIMEOUT_MINUTES: '0' })
  expect(exitCode).toBe(2)
  for (const name of ['PORT', 'LOG_LEVEL', 'JOB_TIMEOUT_MINUTES']) expect(stderr).toContain(`${name}: must be`)
})

test('what a backup leaves to its owner is said when it is made, and when it is brought back', async () => {
  const { dir, start } = await setUp()
  const db = await openDatabase(`sqlite:${join(dir, 'data', 'errand.db')}`)
  await db.destroy()
  await mkdir(join(dir, 'outputs'), { recursive: true })
  const file = join(dir, 'errand.tar.gz')
  expect((await start(['backup', file])).stdout).toContain('The instructions and `.env` are not in it')
  const elsewhere = { DATA_DIR: join(dir, 'new'), OUTPUTS_DIR: join(dir, 'new-outputs') }
  expect((await start(['restore', file], elsewhere)).stdout).toContain(
    'With the instructions and `.env` in their places',
  )
})

test('a server that starts says how many slots there are by now, and not how many it was given', async () => {
  await using site = await makeSite({}, { MAX_CONCURRENT_JOBS: '2' })
  await site.engine.setLimits([{ scope: 'global', name: 'concurrent', value: 3 }], ANN)
  const server = await site.start()
  await eventually(() => expect(server.log()).toContain('"slots":3'))
})

test('an unwritable folder, a missing CLI and a missing instructions folder are named at once', async () => {
  const { dir, start } = await setUp()
  await writeFile(join(dir, 'file'), '')
  const env = { DATA_DIR: join(dir, 'file/data'), CLAUDE_BIN: join(dir, 'no-cli'), INSTRUCTIONS_DIR: join(dir, 'none') }
  const { exitCode, stderr } = await start(['start'], env)
  expect(exitCode).toBe(2)
  for (const name of ['DATA_DIR', 'CLAUDE_BIN', 'INSTRUCTIONS_DIR']) expect(stderr).toContain(name)
  expect(stderr).not.toContain(' at ') // no stack
})

test('a port in use is one sentence, and nothing stays behind', async () => {
  const { start } = await setUp()
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const { exitCode, stderr } = await start(['start'], { PORT: String(port) })
  expect(exitCode).toBe(2)
  expect(stderr).toBe(`Port ${port} of 127.0.0.1 is in use. Stop the program that has it, or set PORT to a free one.`)
})

test('a newer database is refused', async () => {
  const { dir, start } = await setUp()
  const db = await openDatabase(`sqlite:${join(dir, 'data/errand.db')}`)
  await db.updateTable('meta').set({ value: '99' }).where('key', '=', 'min_reader').execute()
  await db.destroy()
  const { exitCode, stderr } = await start(['start'])
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('written by a newer Errand')])
})

test('an unknown command is a usage error, and help is not', async () => {
  const { start } = await setUp()
  const [unknown, help] = await Promise.all([start(['frobnicate']), start(['--help'])])
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('errand help')])
  expect([help.exitCode, help.stdout]).toEqual([0, expect.stringContaining('demo')])
})

test('the server is well, names a broken instruction, and ends with 0 at SIGTERM', async () => {
  const { dir, start } = await setUp()
  const instructions = join(dir, 'instructions')
  await mkdir(instructions)
  await writeFile(join(instructions, 'broken.md'), '---\ndescription: Broken\ncolour: red\n---\nGo')
  await mkdir(join(dir, 'real'))
  await symlink('real', join(dir, 'data')) // a linked data folder is one like any other
  const server = start(['start'], { INSTRUCTIONS_DIR: instructions, LOG_FORMAT: 'json' })
  const lines: { msg: string; url?: string; sandbox?: string }[] = []
  for await (const line of server.iterable({ from: 'stderr' })) {
    lines.push(JSON.parse(line))
    const url = lines.at(-1)?.url
    if (!url) continue
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.json()]).toEqual([200, expect.objectContaining({ status: 'ok', queued: 0 })])
    server.kill('SIGTERM')
  }
  expect((await server).exitCode).toBe(0)
  expect(lines.find(({ url }) => url)?.sandbox).toMatch(/^(bwrap|cli|none)$/)
  expect(lines.map(({ msg }) => msg).join('\n')).toMatch(/broken\.md, line 3: .*colour/)
})

test('the server goes on, and ends with 0, when nobody reads its log any more', async () => {
  const { start } = await setUp()
  const server = start(['start'], { LOG_FORMAT: 'json' })
  server.stderr.once('data', () => {
    server.stderr.destroy()
    server.kill('SIGTERM')
  })
  expect((await server).exitCode).toBe(0)
})

test('an old Node is told so before anything native is loaded', async () => {
  const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
  const preload = `data:text/javascript,${encodeURIComponent(script)}`
  const { exitCode, stderr } = await execa(
    process.execPath,
    ['--import', preload, '--import', 'tsx', 'src/cli.ts', 'start'],
    {
      reject: false,
    },
  )
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/^Errand needs Node 22\.12 or newer, and this is 20\.20\.2: .*\.$/)
})

test('SIGTERM with a running job puts it back into the queue, ends its process, and exits with 0', async () => {
  const { dir, start } = await setUp()
  await mkdir(join(dir, 'instructions'))
  await writeFile(join(dir, 'instructions/wait.md'), '---\ndescription: Wait\n---\nDO [["say", "here"], ["hang"]]')
  const config = loadConfig({ DATA_DIR: join(dir, 'data'), OUTPUTS_DIR: join(dir, 'outputs'), PATH: process.env.PATH })
  const db = await openDatabase(config.databaseUrl)
  onTestFinished(() => db.destroy())
  const instructions = await loadInstructions(join(dir, 'instructions'))
  const agent = createClaude({ bin: null, model: null, env: {}, account: null, sandbox: NO_SANDBOX })
  const log = createLog({ level: 'warn', format: 'json' })
  const redact = (text: string) => text
  const engine = createEngine({
    ...config,
    db,
    agent,
    clock: systemClock,
    log,
    redact,
    instructions: () => instructions,
  })
  const { id } = await engine.submit({ instruction: 'wait', inputs: {}, origin: ANN })

  const CLAUDE_BIN = resolve('test/fixtures/claude-fixture.mjs')
  const server = start(['start'], { INSTRUCTIONS_DIR: join(dir, 'instructions'), CLAUDE_BIN })
  await until(engine, id, ({ kind }) => kind === 'text')
  server.kill('SIGTERM')
  expect((await server).exitCode).toBe(0)
  expect(await engine.job(id)).toMatchObject({ status: 'queued', attempt: 1 })
  const { pid } = await db.selectFrom('attempt').select('pid').where('job', '=', id).executeTakeFirstOrThrow()
  expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/)
})
