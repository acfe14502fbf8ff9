import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { pack } from 'tar-stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startApp } from '../../src/app.ts'
import { backUp } from '../../src/backup/backup.ts'
import { restore } from '../../src/backup/restore.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { createLog } from '../../src/log.ts'
import { eventually } from '../support/eventually.ts'
import { ANN, makeWorld, toEnd, until, type World } from '../support/world.ts'

const BIN = resolve('test/fixtures/claude-fixture.mjs')
const NOW = new Date('2026-01-02T10:00:00.000Z')
const doing = (todo: unknown[]) => `---\ndescription: F\ninputs:\n  f: { type: file }\n---\nDO ${JSON.stringify(todo)}`
const instructions = {
  work: doing([
    ['write', ['a.md', 'made']],
    ['result', 'done'],
  ]),
  talk: doing([
    ...Array.from({ length: 400 }, (_, i) => ['say', `${i} ${'x'.repeat(2000)}`]),
    ['sleep', 400],
    ['result', 'done'],
  ]),
  hang: doing([['write', ['half.md', 'begun']], ['say', 'here'], ['hang']]),
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-backup-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const configOf = (dir: string, more: Record<string, string> = {}): Config =>
  loadConfig(
    {
      DATA_DIR: join(dir, 'data'),
      OUTPUTS_DIR: join(dir, 'outputs'),
      PORT: '0',
      SANDBOX: 'off',
      PATH: process.env.PATH,
      ...more,
    },
    dir,
  )

async function makeOld(): Promise<World & { file: string }> {
  const world = await makeWorld({ instructions, bin: BIN, slots: 3 })
  onTestFinished(() => world[Symbol.asyncDispose]())
  await writeFile(join(world.dir, 'data/admin-token'), 'errand_0123456789abcdef\n', { mode: 0o600 })
  return { ...world, file: join(await folder(), 'errand.tar.gz') }
}

const submit = async ({ engine }: Pick<World, 'engine'>, instruction: string) =>
  (await engine.submit({ instruction, inputs: {}, origin: ANN })).id

async function scratch(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(50, 7), 0, 50, at)
  await handle.close()
}

/** Every path below a folder. */
const tree = async (dir: string) => (await readdir(dir, { recursive: true })).sort()

test('a backup is made while jobs run, and a server in other folders goes on from it', async () => {
  const old = await makeOld()
  const done = await submit(old, 'work')
  await toEnd(old.engine, done)
  const hanging = await submit(old, 'hang')
  await until(old.engine, hanging, ({ kind }) => kind === 'text')
  const talking = await submit(old, 'talk')
  await until(old.engine, talking, ({ text }) => text.startsWith('20 '))
  const made = await backUp(configOf(old.dir), old.file, NOW)
  expect(made).toEqual({ file: old.file, bytes: (await stat(old.file)).size, leftOut: 0 })
  expect((await stat(old.file)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(old.file, '..'))).toEqual(['errand.tar.gz'])
  expect((await toEnd(old.engine, talking)).job.status).toBe('succeeded') // the backup disturbed nobody

  const dir = await folder()
  const config = configOf(dir, { CLAUDE_BIN: BIN })
  expect(await restore(config, old.file)).toMatchObject({ createdAt: NOW.toISOString() })
  expect(await readFile(join(dir, 'data/admin-token'), 'utf8')).toBe('errand_0123456789abcdef\n')
  expect((await stat(join(dir, 'data/errand.db'))).mode & 0o777).toBe(0o600)
  await mkdir(join(dir, 'instructions'))
  for (const [name, source] of Object.entries(instructions))
    await writeFile(join(dir, 'instructions', `${name}.md`), source)

  const before = await openDatabase(config.databaseUrl)
  const lines = await before
    .selectFrom('event')
    .select(['seq', 'body'])
    .where('job', '=', talking)
    .orderBy('seq')
    .execute()
  await before.destroy()
  expect(lines.length).toBeGreaterThan(20)
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1)) // as it was at one moment, without gaps

  await old.engine.stop() // what it ran belongs to the copy from here on
  const app = await startApp(config, createLog({ level: 'fatal', format: 'json' }), async () => [])
  onTestFinished(app.stop)
  const job = await app.engine.job(done)
  expect(job).toMatchObject({ status: 'succeeded', result: 'done' })
  expect(job?.outputs.map(({ file }) => file)).toEqual([join(dir, `outputs/${done}/1/a.md`)])
  expect(await readFile(job?.outputs[0]?.file ?? '', 'utf8')).toBe('made')
  expect(
    await readFile(
      join(dir, 'data/workspaces', String((await app.engine.job(hanging))?.conversation), 'half.md'),
      'utf8',
    ),
  ).toBe('begun')
  // Both ran at that moment, and are gone on with as after a crash.
  for (const id of [hanging, talking])
    expect((await toEnd(app.engine, id)).job).toMatchObject({ status: 'succeeded', attempt: 2 })
  const { id } = await app.engine.submit({ instruction: 'work', inputs: {}, origin: ANN })
  expect((await toEnd(app.engine, id)).job.status).toBe('succeeded')
})

test('a job that waited for its turn, or was put back, goes on from the backup', async () => {
  const old = await makeOld()
  const id = await submit(old, 'hang')
  await until(old.engine, id, ({ kind }) => kind === 'text')
  await old.engine.stop() // interrupted, as by a restart
  await backUp(configOf(old.dir), old.file, NOW)
  const dir = await folder()
  const config = configOf(dir, { CLAUDE_BIN: BIN })
  await restore(config, old.file)
  await mkdir(join(dir, 'instructions'))
  const app = await startApp(config, createLog({ level: 'fatal', format: 'json' }), async () => [])
  onTestFinished(app.stop)
  await until(app.engine, id, ({ attempt, kind }) => attempt === 2 && kind === 'status')
  expect(await app.engine.job(id)).toMatchObject({ attempt: 2 })
})

test('links stay links, rights stay, and what cannot be read is counted', async () => {
  const old = await makeOld()
  const workspace = join(old.dir, 'data/workspaces/one')
  await mkdir(join(workspace, 'docs/empty'), { recursive: true })
  await writeFile(join(workspace, 'docs/run.sh'), 'echo', { mode: 0o755 })
  await symlink('/etc/passwd', join(workspace, 'docs/link'))
  await writeFile(join(workspace, 'x'.repeat(200)), 'long')
  await writeFile(Buffer.concat([Buffer.from(`${workspace}/`), Buffer.from([0xff, 0xfe])]), 'no UTF-8')
  const made = await backUp(configOf(old.dir), old.file, NOW)
  expect(made.leftOut).toBe(1)
  const dir = await folder()
  await restore(configOf(dir), old.file)
  const there = join(dir, 'data/workspaces/one')
  expect(await tree(there)).toEqual(['docs', 'docs/empty', 'docs/link', 'docs/run.sh', 'x'.repeat(200)].sort())
  expect(await readlink(join(there, 'docs/link'))).toBe('/etc/passwd')
  expect((await stat(join(there, 'docs/run.sh'))).mode & 0o777).toBe(0o755)
})

test('a file that grows and shrinks while it is read spoils nothing', async () => {
  const old = await makeOld()
  const workspace = join(old.dir, 'data/workspaces/one')
  await mkdir(workspace, { recursive: true })
  const path = join(workspace, 'busy.log')
  const after = join(workspace, 'quiet.md')
  await writeFile(path, 'x'.repeat(5_000_000))
  await writeFile(after, 'quiet')
  let over = false
  const busy = (async () => {
    for (let i = 0; !over; i += 1) {
      await truncate(path, i % 2 === 0 ? 1000 : 5_000_000)
      await delay(1)
    }
  })()
  await backUp(configOf(old.dir), old.file, NOW)
  over = true
  await busy
  const dir = await folder()
  await restore(configOf(dir), old.file)
  expect(await readFile(join(dir, 'data/workspaces/one/quiet.md'), 'utf8')).toBe('quiet')
})

test('outputs that lie on another disk, behind a link, are kept and brought back', async () => {
  const old = await makeOld()
  const id = await submit(old, 'work')
  await toEnd(old.engine, id)
  const far = await folder()
  await rename(join(old.dir, 'outputs'), join(far, 'outputs'))
  await symlink(join(far, 'outputs'), join(old.dir, 'outputs'))
  await expect(backUp(configOf(old.dir), join(far, 'outputs/b'), NOW)).rejects.toThrow(/Choose a place outside/)
  await backUp(configOf(old.dir), old.file, NOW)
  const dir = await folder()
  await mkdir(join(far, 'new'))
  await symlink(join(far, 'new'), join(dir, 'outputs'))
  await restore(configOf(dir), old.file)
  expect(await readFile(join(dir, 'outputs', id, '1/a.md'), 'utf8')).toBe('made')
})

/** A backup by a process of its own that takes minutes, and no room; it has begun. */
async function makeLong() {
  const old = await makeOld()
  const large = join(old.dir, 'data/workspaces/large')
  await writeFile(large, '')
  await truncate(large, 20e9)
  const { dataDir: DATA_DIR, outputsDir: OUTPUTS_DIR } = configOf(old.dir)
  const child = execa(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'backup', old.file], {
    ...{ env: { DATA_DIR, OUTPUTS_DIR }, reject: false },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await eventually(async () => expect(await readdir(`${old.file}.part`)).toContain('archive'))
  return { ...old, child, large }
}

test('the half of a backup that was killed is thrown away by the next, and that of one that runs is not', async () => {
  const { dir, file, child, large } = await makeLong()
  await expect(backUp(configOf(dir), file, NOW)).rejects.toThrow(/\.part is there: a backup of that name is being made/)
  expect(await readdir(`${file}.part`)).toContain('archive')
  child.kill('SIGKILL')
  await child
  await rm(large)
  await backUp(configOf(dir), file, NOW)
  expect(await readdir(join(file, '..'))).toEqual(['errand.tar.gz'])
})

describe('a backup is refused, and leaves nothing,', () => {
  test('over a file that is there', async () => {
    const old = await makeOld()
    await writeFile(old.file, 'precious')
    await expect(backUp(configOf(old.dir), old.file, NOW)).rejects.toThrow(/exists already\. Choose another name/)
    expect(await readFile(old.file, 'utf8')).toBe('precious')
  })
  test('where something of that name is not its own half', async () => {
    const old = await makeOld()
    await mkdir(`${old.file}.part`)
    await writeFile(`${old.file}.part/precious`, '')
    await expect(backUp(configOf(old.dir), old.file, NOW)).rejects.toThrow(/If none runs, remove it/)
    expect(await readdir(`${old.file}.part`)).toEqual(['precious'])
  })
  test('into the folders that it keeps', async () => {
    const old = await makeOld()
    await expect(backUp(configOf(old.dir), join(old.dir, 'outputs/b'), NOW)).rejects.toThrow(/Choose a place outside/)
  })
  test('where there is no database', async () => {
    const dir = await folder()
    await expect(backUp(configOf(dir), join(dir, 'b'), NOW)).rejects.toThrow(/nothing to back up/)
    expect(await readdir(dir)).toEqual([])
  })
  test.each<[string, (database: string) => Promise<void>, RegExp]>([
    ['has a scratch', path => scratch(path, 8 * 4096), /errand\.db is damaged .* bring back a backup/],
    ['is no database', path => writeFile(path, 'x'.repeat(5000)), /errand\.db is damaged \(file is not a database\)/],
    ['is empty', path => truncate(path, 0), /errand\.db is damaged \(it has no tables\)/],
  ])('where the database %s', async (_, spoil, sentence) => {
    const old = await makeOld()
    await toEnd(old.engine, await submit(old, 'work'))
    await old.engine.stop()
    await old.db.destroy()
    await spoil(join(old.dir, 'data/errand.db'))
    await expect(backUp(configOf(old.dir), old.file, NOW)).rejects.toThrow(sentence)
    expect(await readdir(join(old.file, '..'))).toEqual([])
  })
  test('where a whole folder cannot be read', async () => {
    const old = await makeOld()
    await rm(join(old.dir, 'outputs'), { recursive: true, force: true })
    await writeFile(join(old.dir, 'outputs'), 'no folder')
    await expect(backUp(configOf(old.dir), old.file, NOW)).rejects.toThrow(/could not be written \(ENOTDIR: .*outputs'/)
    expect(await readdir(join(old.file, '..'))).toEqual([])
  })
  test('when it is stopped', async () => {
    const { file, child } = await makeLong()
    child.kill('SIGINT')
    expect(await child).toMatchObject({ exitCode: 1, stderr: 'SIGINT: the backup was not made.' })
    expect(await readdir(join(file, '..'))).toEqual([])
  })
  test('where it cannot be written', async () => {
    const old = await makeOld()
    await expect(backUp(configOf(old.dir), '/dev/null/b', NOW)).rejects.toThrow(/could not be written \(.*Mend that/)
  })
})

/** What is left in the folders after a restore that failed. */
const leftIn = async (dir: string) => [...(await readdir(join(dir, 'data'))), ...(await readdir(join(dir, 'outputs')))]

async function madeBackup(): Promise<string> {
  const old = await makeOld()
  await toEnd(old.engine, await submit(old, 'work'))
  await backUp(configOf(old.dir), old.file, NOW)
  return old.file
}

async function archive(entries: Record<string, string>, links: Record<string, string> = {}): Promise<string> {
  const file = join(await folder(), 'b.tar.gz')
  const tar = pack()
  for (const [name, text] of Object.entries(entries)) tar.entry({ name }, text)
  for (const [name, linkname] of Object.entries(links)) tar.entry({ name, type: 'symlink', linkname })
  tar.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of tar) chunks.push(chunk as Uint8Array)
  await writeFile(file, gzipSync(Buffer.concat(chunks)))
  return file
}

const about = JSON.stringify({
  format: 'errand-backup-1',
  version: '0',
  createdAt: NOW.toISOString(),
  dataDir: '/a',
  outputsDir: '/b',
})

describe('a restore is refused, and leaves the folders as empty as before,', () => {
  test.each<[string, (file: string) => Promise<void>, RegExp]>([
    ['cut off', async file => truncate(file, (await stat(file)).size - 100), /unexpected end/i],
    ['scratched', async file => scratch(file, Math.floor((await stat(file)).size / 2)), /nothing is left of it/],
    ['no backup', file => writeFile(file, 'just a text'), /incorrect header/i],
  ])('from a file that is %s', async (_, spoil, sentence) => {
    const file = await madeBackup()
    await spoil(file)
    const dir = await folder()
    await expect(restore(configOf(dir), file)).rejects.toThrow(sentence)
    expect(await leftIn(dir)).toEqual([])
  })

  test.each<[string, () => Promise<string>]>([
    ['that holds something else', () => archive({ 'a.md': 'x' })],
    ['without a database', () => archive({ 'backup.json': about })],
    ['with a damaged database', () => archive({ 'backup.json': about, 'errand.db': 'x'.repeat(5000) })],
    ['that leads out of the folders', () => archive({ 'backup.json': about, 'workspaces/../../../out.md': 'x' })],
    ['with a place of its own', () => archive({ 'backup.json': about, '/etc/out.md': 'x' })],
  ])('from an archive %s', async (_, make) => {
    const dir = await folder()
    await expect(restore(configOf(dir), await make())).rejects.toThrow(/could not be restored, and nothing is left/)
    expect(await leftIn(dir)).toEqual([])
    expect((await readdir(dir)).sort()).toEqual(['data', 'outputs'])
  })

  test('from an archive that writes through a link of its own', async () => {
    const outside = await folder()
    const file = await archive({ 'backup.json': about, 'workspaces/a/b.md': 'x' }, { 'workspaces/a': outside })
    const dir = await folder()
    await expect(restore(configOf(dir), file)).rejects.toThrow(/nothing is left/)
    expect(await readdir(outside)).toEqual([])
  })

  test('where something is there already', async () => {
    const file = await madeBackup()
    const dir = await folder()
    await mkdir(join(dir, 'outputs'))
    await writeFile(join(dir, 'outputs/mine.md'), 'x')
    await expect(restore(configOf(dir), file)).rejects.toThrow(/outputs is not empty \(it has mine\.md\)\. Move it/)
    expect(await leftIn(dir)).toEqual(['mine.md'])
  })

  test('where a server runs', async () => {
    const file = await madeBackup()
    const dir = await folder()
    await mkdir(join(dir, 'instructions'))
    const config = configOf(dir, { CLAUDE_BIN: BIN })
    const app = await startApp(config, createLog({ level: 'fatal', format: 'json' }), async () => [])
    onTestFinished(app.stop)
    const port = Number(new URL(app.url).port)
    await expect(restore({ ...configOf(await folder()), port }, file)).rejects.toThrow(
      /A server runs at .*Stop it first/,
    )
  })

  test('from a name that leads nowhere', async () => {
    const dir = await folder()
    await expect(restore(configOf(dir), join(dir, 'none'))).rejects.toThrow(/cannot be read .* Correct its name/)
  })
})

test('a restore that was cut off starts no server, and is done again from the beginning', async () => {
  const file = await madeBackup()
  const dir = await folder()
  const config = configOf(dir)
  await mkdir(join(dir, 'data/workspaces/half'), { recursive: true })
  await mkdir(join(dir, 'outputs/half'), { recursive: true })
  await writeFile(join(dir, 'data/errand.db.restoring'), 'half')
  await chmod(join(dir, 'outputs/half'), 0o500)
  await expect(openDatabase(config.databaseUrl)).rejects.toThrow(/did not come to its end\. Run it again/)
  await restore(config, file)
  expect(await readdir(join(dir, 'data/workspaces'))).not.toContain('half')
  expect((await readdir(join(dir, 'data'))).sort()).toEqual(['admin-token', 'errand.db', 'sessions', 'workspaces'])
  const db = await openDatabase(config.databaseUrl)
  onTestFinished(() => db.destroy())
  expect(await db.selectFrom('job').select('status').execute()).toEqual([{ status: 'succeeded' }])
})
