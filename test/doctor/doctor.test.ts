import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { startApp } from '../../src/app.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { sandbox } from '../../src/doctor/agent.ts'
import { type Examined, examine, report } from '../../src/doctor/doctor.ts'
import { roomFor } from '../../src/doctor/machine.ts'
import { createLog } from '../../src/log.ts'
import type { Sandboxes } from '../../src/sandbox.ts'

const BIN = resolve('test/fixtures/claude-fixture.mjs')

async function setUp(
  env: Record<string, string> = {},
): Promise<{ dir: string; env: Record<string, string>; config: Config }> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-doctor-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await mkdir(join(dir, 'instructions'))
  const paths = {
    DATA_DIR: join(dir, 'data'),
    OUTPUTS_DIR: join(dir, 'outputs'),
    INSTRUCTIONS_DIR: join(dir, 'instructions'),
  }
  // Of the CLI a sandbox is tried as well, which the fixture program makes short.
  const all = { PATH: process.env.PATH ?? '', PORT: '0', SANDBOX: 'off', CLAUDE_BIN: BIN, ...paths, ...env }
  return { dir, env: all, config: loadConfig(all, dir) }
}

const found = async (config: Config): Promise<Record<string, Examined>> =>
  Object.fromEntries((await examine(config)).map(finding => [finding.name, finding]))

test('a fresh place is well but for what is to be set, and nothing is made in it', async () => {
  const { dir, config } = await setUp({
    PUBLIC_URL: 'https://errand.example.com',
    ANTHROPIC_API_KEY: 'sk-ant-x',
    CLAUDE_BIN: '',
  })
  const findings = await examine(config)
  expect(findings.filter(({ state }) => state !== 'ok').map(({ name }) => name)).toEqual(['SANDBOX'])
  expect(await readdir(dir)).toEqual(['instructions'])
  expect(findings.find(({ name }) => name === 'CLI')?.detail).toMatch(/^\d+\.\d+\.\d+ \(Claude Code\)$/)
})

test('of the sandbox it says what was tried from inside, and where the network stays open', async () => {
  const { config } = await setUp({ CLAUDE_CODE_USE_BEDROCK: '1' })
  const { config: withoutAccount } = await setUp()
  const bwrap: Sandboxes = { inForce: 'bwrap', faults: { bwrap: null, cli: null }, needsNetwork: false, hidden: [] }
  const detailOf = async (sandboxes: Sandboxes, of = config) =>
    (await sandbox.look({ config: of, sandboxes: async () => sandboxes })).detail
  const held = /^bwrap: from inside no file or process of the server was reached, no service of this machine, /
  expect(await detailOf(bwrap)).toMatch(held)
  expect(await detailOf(bwrap)).not.toContain('keep the network')
  expect(await detailOf({ ...bwrap, needsNetwork: true }, withoutAccount)).not.toContain('keep the network')
  if (process.getuid?.() !== 0) expect(await detailOf({ ...bwrap, needsNetwork: true })).toContain('keep the network')
})

test('what is not set is a warning with its remedy', async () => {
  const { account, PUBLIC_URL } = await found((await setUp()).config)
  expect(account).toMatchObject({ state: 'warn', remedy: expect.stringContaining('ANTHROPIC_API_KEY') })
  expect(PUBLIC_URL).toMatchObject({ state: 'warn', remedy: expect.stringContaining('address') })
})

test('a folder, a CLI and instructions that are not there fail, each on its own', async () => {
  const { dir, env } = await setUp()
  await writeFile(join(dir, 'file'), '')
  const broken = {
    DATA_DIR: join(dir, 'file/data'),
    CLAUDE_BIN: join(dir, 'none'),
    INSTRUCTIONS_DIR: join(dir, 'no-folder'),
  }
  const { DATA_DIR, CLI, instructions, OUTPUTS_DIR } = await found(loadConfig({ ...env, ...broken }, dir))
  expect(CLI).toMatchObject({ state: 'fail', detail: expect.stringContaining('CLAUDE_BIN') })
  expect(instructions).toMatchObject({ state: 'fail', detail: expect.stringContaining('INSTRUCTIONS_DIR') })
  expect(OUTPUTS_DIR?.state).toBe('ok')
  expect(DATA_DIR).toMatchObject({ state: 'fail', detail: expect.stringContaining('no folder') })
})

test('mistakes of instructions are told with file, line and remedy', async () => {
  const { dir, config } = await setUp()
  await writeFile(join(dir, 'instructions/broken.md'), '---\ndescription: Broken\ncolour: red\n---\nGo')
  const { instructions } = await found(config)
  expect(instructions).toMatchObject({ state: 'fail', detail: '0 instructions and 1 mistake' })
  expect(instructions?.remedy).toMatch(/^broken\.md, line 3: .*colour/)
})

test('a sandbox that does not work is told once', async () => {
  const { env, dir } = await setUp()
  const nothing = { PATH: dir, SANDBOX: 'bwrap' } // bubblewrap is not found there
  const { SANDBOX, instructions } = await found(loadConfig({ ...env, ...nothing }, dir))
  expect(SANDBOX).toMatchObject({ state: 'fail', detail: expect.stringMatching(/^SANDBOX=bwrap does not work here/) })
  expect(instructions).toMatchObject({ state: 'warn', detail: expect.stringMatching(/^not looked at: .* SANDBOX/) })
})

test('a database that is gone beside its jobs fails, and an empty one alone is made at the start', async () => {
  const { dir, config } = await setUp()
  await mkdir(join(dir, 'data/workspaces/one'), { recursive: true })
  const lost = { state: 'fail', detail: expect.stringContaining('bring back a backup') }
  expect((await found(config)).database).toMatchObject(lost)
  await writeFile(join(dir, 'data/errand.db'), '')
  expect((await found(config)).database).toMatchObject(lost)
  await rm(join(dir, 'data/workspaces/one'), { recursive: true })
  expect((await found(config)).database?.state).toBe('ok')
})

test('a damaged database and a restore that was cut off fail with the way back', async () => {
  const { dir, config } = await setUp()
  await mkdir(join(dir, 'data'))
  await writeFile(join(dir, 'data/errand.db.restoring'), '')
  expect((await found(config)).database).toMatchObject({ state: 'fail', remedy: 'Run it again: errand restore FILE.' })
  await writeFile(join(dir, 'data/errand.db'), 'no database at all, whatever its name says')
  const { database } = await found(config)
  expect(database).toMatchObject({ state: 'fail', detail: expect.stringContaining('damaged') })
  expect(database?.remedy).toContain('errand restore FILE')
})

test('a database that only cannot be opened is no reason to bring back a backup', async () => {
  const { dir, config } = await setUp()
  await mkdir(join(dir, 'data/errand.db'), { recursive: true })
  const { database } = await found(config)
  expect(database).toMatchObject({ state: 'fail', detail: expect.stringContaining('cannot be opened') })
  expect(database?.remedy).toMatch(/^Make it a SQLite file that this user may write/)
})

test('the database of a newer program fails', async () => {
  const { config } = await setUp()
  const db = await openDatabase(config.databaseUrl)
  await db.updateTable('meta').set({ value: '99' }).where('key', '=', 'min_reader').execute()
  await db.destroy()
  expect((await found(config)).database).toMatchObject({
    state: 'fail',
    detail: expect.stringContaining('newer Errand'),
  })
})

test('the port is free, our own server’s, or another program’s', async () => {
  const { config } = await setUp()
  const app = await startApp(config, createLog({ level: 'fatal', format: 'json' }), async () => [])
  onTestFinished(app.stop)
  const own = await found({ ...config, port: Number(new URL(app.url).port) })
  expect(own.port).toMatchObject({ state: 'ok', detail: `a server of Errand answers at ${app.url}` })
  expect(own.database?.state).toBe('ok') // looked at while the server uses it
  const other = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  expect((await found({ ...config, port })).port).toMatchObject({
    state: 'fail',
    remedy: expect.stringContaining('PORT'),
  })
})

test('free space is measured by what the jobs may take', () => {
  expect(roomFor(1e9, 4)).toMatchObject({ state: 'fail', detail: '1.0 GB free, less than one job may take' })
  expect(roomFor(5e9, 4)).toMatchObject({ state: 'warn' })
  expect(roomFor(50e9, 4)).toEqual({ state: 'ok', detail: '50.0 GB free' })
})

test('a finding is a line with a mark and a word, and its remedy below it', () => {
  const findings: Examined[] = [
    { name: 'node', state: 'ok', detail: 'v24' },
    { name: 'port', state: 'fail', detail: 'taken', remedy: 'Set PORT.\nOr HOST.' },
  ]
  expect(report(findings)).toBe('✓ ok   node: v24\n✗ fail port: taken\n       Set PORT.\n       Or HOST.')
})

test('as a command it exits with 0, 1 or 2, speaks JSON, and prints no secret', async () => {
  const { dir, env } = await setUp()
  const secret = 'q7Rz-Kd02mXv_81LwPc5'
  const doctor = (more: Record<string, string>, ...args: string[]) =>
    execa(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'doctor', ...args], {
      env: { ...env, ADMIN_TOKEN: secret, ...more },
      extendEnv: false,
      reject: false,
    })
  await writeFile(
    join(dir, `instructions/broken.md`),
    `---\ndescription: B\n${secret}: ghp_${'a1B2'.repeat(9)}\n---\nGo`,
  )
  const [failed, wrong] = await Promise.all([doctor({}, '--json'), doctor({ PORT: 'many' })])
  expect(failed.exitCode).toBe(1)
  expect(JSON.parse(failed.stdout)).toContainEqual(expect.objectContaining({ name: 'instructions', state: 'fail' }))
  expect(failed.stdout).toContain('[secret]')
  expect(failed.stdout + failed.stderr).not.toMatch(/q7Rz|ghp_a1/)
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('PORT: must be')])
  await rm(join(dir, 'instructions/broken.md'))
  const well = await doctor({})
  expect([well.exitCode, well.stdout]).toEqual([0, expect.stringMatching(/^✓ ok {3}node: v\d+/)])
})
