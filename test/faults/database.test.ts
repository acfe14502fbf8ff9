import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { sql } from 'kysely'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { countJobs } from '../../src/db/job.ts'
import { UserError } from '../../src/errors.ts'
import { createFakeLog } from '../fakes/log.ts'
import { eventually } from '../support/eventually.ts'
import { expectSound } from '../support/sound.ts'
import { ANN, makeWorld, toEnd, until, type World } from '../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
type Todo = [verb: string, argument?: unknown][]
const LINES = 300
const lines = Array.from({ length: LINES }, (_, i): Todo[number] => ['say', `line ${i} ${'x'.repeat(500)}`])
const BIG: Todo[number] = ['write', ['big.md', 'x'.repeat(1_000_000)]]
const doing = (todo: Todo) =>
  `---\ndescription: F\n---\nDO ${JSON.stringify([['say', 'here'], ['until', 'go'], ...todo, ['result', 'done']])}`
const instructions = {
  chatty: doing(lines),
  taker: `---\ndescription: F\ninputs: { file: { type: file } }\n---\nDO ${JSON.stringify([['result', 'done']])}`,
  maker: `---\ndescription: F\n---\nDO ${JSON.stringify([BIG, ['say', 'here'], ['until', 'go'], ['result', 'done']])}`,
}

/** Starts a job, brings about the fault, lets the job go on to its end under it, and mends the fault. */
async function under(world: World, instruction: string, fault: { begin(): unknown; end(): unknown }) {
  const { id, conversation } = await world.engine.submit({ instruction, inputs: {}, origin: ANN })
  await until(world.engine, id, ({ text }) => text === 'here')
  await fault.begin()
  await writeFile(join(world.dir, 'data/workspaces', conversation, 'go'), '')
  await delay(600)
  expect(await world.engine.job(id)).toMatchObject({ status: 'running' })
  await fault.end()
  return await expectSound(world, id)
}

/** A disk of a few MB that is full when asked. */
async function smallDisk(context: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'errand-disk-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', dir], { stdio: 'pipe' })
  } catch (error) {
    // Only root mounts a disk, and in a container often not even root; anything else is a fault of this test.
    if (!/permi|superuser/i.test(String(error))) throw error
    context.skip(`a small disk cannot be mounted here: ${error}`)
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', dir]))
  const filler = join(dir, 'filler')
  const fill = () => {
    for (const size of [65_536, 4096, 1])
      try {
        for (;;) appendFileSync(filler, Buffer.alloc(size))
      } catch {
        // it is full
      }
  }
  return { dir, fault: { begin: fill, end: () => rm(filler) } }
}

test('a full disk keeps lines and the end waiting, and no line is lost', async context => {
  const { dir, fault } = await smallDisk(context)
  await using world = await makeWorld({ instructions, bin, root: dir })
  const { job, events } = await under(world, 'chatty', fault)
  expect(job).toMatchObject({ status: 'succeeded', result: 'done' })
  expect(events.filter(({ text }) => text.startsWith('line '))).toHaveLength(LINES)
})

test('a request for which a full disk has no room is told so, and taken when it has', async context => {
  const { dir, fault } = await smallDisk(context)
  await using world = await makeWorld({ instructions, bin, root: dir })
  fault.begin()
  const submit = () => world.engine.submit({ instruction: 'chatty', inputs: {}, origin: ANN })
  await expect(submit()).rejects.toThrow(/^The database takes nothing now \(.*full\); nothing was changed. Make room/)
  await fault.end()
  await world.engine.cancel((await submit()).id, ANN)
})

test('files that a full disk does not take fail the job, which says so', async context => {
  const { dir, fault } = await smallDisk(context)
  await using world = await makeWorld({ instructions, bin, root: dir })
  const { job } = await under(world, 'maker', fault)
  expect(job).toMatchObject({ status: 'failed', failure: 'internal', result: 'done', outputs: [] })
  expect(job.message).toContain('could not be kept')
})

const MB = 1_000_000
/** A file of so many bytes, as somebody gives it. */
const fileOf = (bytes: number) => [{ name: 'big.bin', open: () => Readable.from([Buffer.alloc(bytes)]) }]

test('files for which a full disk has no room are refused with the remedy, and nothing of them is kept', async context => {
  const { dir } = await smallDisk(context)
  await using world = await makeWorld({ instructions, bin, root: dir })
  const submit = (bytes: number) =>
    world.engine.submit({ instruction: 'taker', inputs: { file: fileOf(bytes) }, origin: ANN })
  const refusal = new UserError(
    "The server's disk has no room for the files that you gave, and nothing was started. Make room on it, then try again.",
    { kind: 'runtime' },
  )
  await expect(submit(7 * MB)).rejects.toThrow(refusal)
  expect(await readdir(join(world.dir, 'data/inputs'))).toEqual([])
  expect(await countJobs(world.db, 'queued')).toBe(0)
  const { job } = await toEnd(world.engine, (await submit(1000)).id)
  expect(job.status).toBe('succeeded')
  await expect(world.engine.followUp(job.id, { text: 'More', files: fileOf(7 * MB) }, ANN)).rejects.toThrow(refusal)
  expect(await readdir(join(world.dir, 'data/inputs'))).toEqual([job.id])
})

test('a file of which a full disk takes no second copy fails its job, which says so', async context => {
  const { dir } = await smallDisk(context)
  await using world = await makeWorld({ instructions, bin, root: dir })
  const { id } = await world.engine.submit({ instruction: 'taker', inputs: { file: fileOf(3 * MB) }, origin: ANN })
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({
    failure: 'internal',
    message: "The server's disk is full. Make room on it, then run it again.",
  })
  const [workspace = ''] = await readdir(join(world.dir, 'data/workspaces'))
  expect(await readdir(join(world.dir, 'data/workspaces', workspace, 'inputs'))).toEqual([])
})

test('a database that is read-only for a while gets everything afterwards, and the log says when', async () => {
  const { log, lines: logged } = createFakeLog()
  const said = () => logged.map(({ msg }) => msg)
  await using world = await makeWorld({ instructions, bin, log })
  const { job, events } = await under(world, 'chatty', {
    begin: () => sql`pragma query_only = 1`.execute(world.db),
    end: () => sql`pragma query_only = 0`.execute(world.db),
  })
  expect(job.status).toBe('succeeded')
  expect(events.filter(({ text }) => text.startsWith('line '))).toHaveLength(LINES)
  expect(said().at(-1)).toBe('the end of an attempt is stored now')

  await sql`alter table server rename to gone`.execute(world.db)
  await eventually(() => expect(said().at(-1)).toMatch(/^leases could not be renewed/))
  await sql`alter table gone rename to server`.execute(world.db)
  await eventually(() => expect(said().at(-1)).toMatch(/^leases are renewed, .* again$/))
})

test('a database that another program locks for a while gets everything afterwards', async () => {
  await using world = await makeWorld({ instructions, bin })
  const other = new Database(join(world.dir, 'data/errand.db'))
  onTestFinished(() => void other.close())
  const { job, events } = await under(world, 'chatty', {
    begin: () => other.exec('begin immediate'),
    end: () => other.exec('rollback'),
  })
  expect(job.status).toBe('succeeded')
  expect(events.filter(({ text }) => text.startsWith('line '))).toHaveLength(LINES)
})
