import { chmod, mkdir, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { groupCommit } from '../../src/db/commit.ts'
import { keepControl, readControl } from '../../src/db/control.ts'
import { appendEvents, lastSeq } from '../../src/db/event.ts'
import { takeInbound } from '../../src/db/inbound.ts'
import { addSpent } from '../../src/db/ledger.ts'
import { createRetention, type RetentionDeps } from '../../src/engine/retention.ts'
import { foldersIn } from '../../src/engine/workspace.ts'
import { createFakeLog } from '../fakes/log.ts'
import { makeDeep } from '../support/deep.ts'
import { eventually } from '../support/eventually.ts'
import { ANN, makeWorld, toEnd, type World } from '../support/world.ts'

const BIN = resolve('test/fixtures/claude-fixture.mjs')
const DAY_MS = 24 * 60 * 60_000
const ago = (days: number) => new Date(Date.now() - days * DAY_MS)
const instructions = {
  run: '---\ndescription: Run\ninputs:\n  f: { type: file, required: false }\n---\nDO [["say", "here"], ["write", ["a.md", "made"]], ["result", "done"]]',
}

const GIVEN = [{ name: 'given.md', open: () => Readable.from(['given']) }]

async function setUp(limits: { retentionDays?: number; retentionGb?: number }): Promise<World> {
  const world = await makeWorld({ instructions, bin: BIN, ...limits })
  onTestFinished(() => world[Symbol.asyncDispose]())
  return world
}

/** A job that ended that long ago. */
async function ended(world: World, days: number): Promise<string> {
  const { id } = await world.engine.submit({ instruction: 'run', inputs: { f: GIVEN }, origin: ANN })
  await toEnd(world.engine, id)
  const at = ago(days).toISOString()
  await world.db.updateTable('job').set({ created_at: at, finished_at: at }).where('id', '=', id).execute()
  return id
}

/** Removes what ended thirty days ago, beside the world's own engine. */
function remove({ db, dir }: World, given: Partial<RetentionDeps>) {
  const { log, lines } = createFakeLog()
  const kept = { folders: foldersIn(join(dir, 'data')), outputsDir: join(dir, 'outputs') }
  const limits = { retentionDays: 30, retentionGb: 0 }
  const retention = createRetention({
    db,
    commit: groupCommit(db),
    clock: systemClock,
    log,
    ...kept,
    ...limits,
    ...given,
  })
  onTestFinished(() => retention.stop())
  retention.start()
  return lines
}

const foldersOf = async ({ dir }: World): Promise<Record<string, string[]>> => {
  const inside = async (path: string) => (await readdir(join(dir, path))).sort()
  return {
    inputs: await inside('data/inputs'),
    workspaces: await inside('data/workspaces'),
    sessions: await inside('data/sessions'),
    outputs: await inside('outputs'),
  }
}

const rowsOf = async ({ db }: World): Promise<Record<string, number>> => {
  const tables = [
    'conversation',
    'workspace',
    'session',
    'job',
    'attempt',
    'event',
    'artifact',
    'delivery',
    'removal',
  ] as const
  const count = async (table: (typeof tables)[number]) =>
    Number(
      (
        await db
          .selectFrom(table)
          .select(eb => eb.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    )
  return Object.fromEntries(await Promise.all(tables.map(async table => [table, await count(table)])))
}

const swept = (world: World, jobs: number) =>
  eventually(async () => expect(await rowsOf(world)).toMatchObject({ job: jobs, removal: 0 }))

test('a thread goes whole when its last job ended that long ago, and a younger one stays whole', async () => {
  const world = await setUp({ retentionDays: 30 })
  const old = await ended(world, 31)
  const young = await ended(world, 29)
  const { conversation } = (await world.engine.job(young)) ?? {}
  await world.restart()
  await swept(world, 1)
  expect(await world.engine.job(old)).toBeNull()
  expect(await foldersOf(world)).toEqual({
    inputs: [young],
    workspaces: [conversation],
    sessions: [conversation],
    outputs: [young],
  })
  expect(await rowsOf(world)).toMatchObject({
    conversation: 1,
    workspace: 1,
    session: 1,
    attempt: 1,
    artifact: 1,
    event: 5,
  })
})

test('what a button stood for goes when it was not drawn for that long', async () => {
  const world = await setUp({ retentionDays: 30 })
  for (const id of ['old', 'again']) await keepControl(world.db, { id, body: id, at: ago(31).toISOString() })
  await keepControl(world.db, { id: 'again', body: 'again', at: ago(29).toISOString() })
  await world.restart()
  await eventually(async () => expect(await readControl(world.db, 'old')).toBeNull())
  expect(await readControl(world.db, 'again')).toBe('again')
})

test('a job of a thread that somebody goes on with stays', async () => {
  const world = await setUp({ retentionDays: 30 })
  const old = await ended(world, 31)
  const young = await ended(world, 1)
  const { conversation } = (await world.engine.job(old)) ?? {}
  await world.db
    .updateTable('job')
    .set({ conversation: String(conversation) })
    .where('id', '=', young)
    .execute()
  const gone = await ended(world, 31)
  await world.restart()
  await swept(world, 2)
  expect(await world.engine.job(gone)).toBeNull()
  expect(await world.engine.job(old)).not.toBeNull()
})

test('with 0 days everything is kept', async () => {
  const world = await setUp({ retentionDays: 0 })
  await ended(world, 10_000)
  await takeInbound(world.db, { platform: 'test', key: 'old', body: {}, at: ago(10_000).toISOString() })
  await keepControl(world.db, { id: 'old', body: 1, at: ago(10_000).toISOString() })
  await world.restart()
  await world.restart() // a start waits for nothing, a stop for the look that is under way
  expect(await readControl(world.db, 'old')).toBe(1)
  expect(await rowsOf(world)).toMatchObject({ job: 1, event: 5 })
})

test('a long log goes in batches, after its job, and what a stop left goes after the next start', async () => {
  const world = await setUp({ retentionDays: 30 })
  const id = await ended(world, 31)
  const lines = Array.from({ length: 3000 }, () => ({
    kind: 'text' as const,
    text: 'x'.repeat(500),
    at: ago(31).toISOString(),
  }))
  await appendEvents(world.db, id, 1, lines)
  const engine = await world.restart()
  await vi.waitFor(async () => expect(await engine.job(id)).toBeNull(), { timeout: 30_000, interval: 1 })
  await engine.stop()
  expect(await lastSeq(world.db, id)).toBeGreaterThan(0)
  expect(await rowsOf(world)).toMatchObject({ job: 0, artifact: 0, removal: 3 })
  await world.restart()
  await swept(world, 0)
  expect(await rowsOf(world)).toMatchObject({ event: 0 })
  expect(await foldersOf(world)).toEqual({ inputs: [], workspaces: [], sessions: [], outputs: [] })
})

test('a folder that an agent has closed goes too, and a link in it leads nowhere', async () => {
  const world = await setUp({ retentionDays: 30 })
  const id = await ended(world, 31)
  const workspace = join(world.dir, 'data/workspaces', String((await world.engine.job(id))?.conversation))
  const outside = join(world.dir, 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'kept.md'), '')
  await mkdir(join(workspace, 'closed/inner'), { recursive: true })
  await symlink(outside, join(workspace, 'closed/inner/link'))
  await chmod(join(workspace, 'closed/inner'), 0o500)
  await chmod(join(workspace, 'closed'), 0o500)
  await world.restart()
  await swept(world, 0)
  expect(await foldersOf(world)).toMatchObject({ workspaces: [] })
  expect(await readdir(outside)).toEqual(['kept.md'])
})

test('files that cannot be removed now are removed later', async () => {
  const world = await setUp({})
  const id = await ended(world, 31)
  const outputsDir = join(world.dir, 'loop')
  await symlink(outputsDir, outputsDir)
  const lines = remove(world, { outputsDir })
  await eventually(async () => expect(await rowsOf(world)).toMatchObject({ job: 0, removal: 1 }))
  expect(lines).toMatchObject([{ kind: 'job', id, msg: expect.stringContaining('trying again in an hour') }])
  remove(world, {})
  await swept(world, 0)
  expect(await foldersOf(world)).toMatchObject({ outputs: [] })
})

test('a thread that somebody goes on with in the moment of its removal stays', async () => {
  const world = await setUp({})
  const id = await ended(world, 31)
  const commit = groupCommit(world.db)
  const goOn = () =>
    world.db.updateTable('job').set({ status: 'queued', finished_at: null }).where('id', '=', id).execute()
  const looked = Promise.withResolvers<void>()
  remove(world, {
    commit: async (work, durability) => {
      if (durability !== 'relaxed')
        await goOn() // only a removal is durable
      else looked.resolve() // what comes behind it
      return await commit(work, durability)
    },
  })
  await looked.promise
  expect(await rowsOf(world)).toMatchObject({ job: 1, removal: 0 })
})

test('folders in each other, deeper than a path can name, go too', async () => {
  const world = await setUp({ retentionDays: 30 })
  const id = await ended(world, 31)
  await makeDeep(join(world.dir, 'data/workspaces', String((await world.engine.job(id))?.conversation)))
  await world.restart()
  await swept(world, 0)
  expect(await foldersOf(world)).toMatchObject({ workspaces: [] })
})

test('over the limit of size the oldest go first, but none of the last day', async () => {
  const world = await setUp({ retentionGb: 0.000_000_001 }) // a byte
  await ended(world, 3)
  const young = await ended(world, 0.5)
  await world.restart()
  await swept(world, 1)
  await world.restart()
  await world.restart() // a stop waits for the look that is under way
  expect(await world.engine.job(young)).not.toBeNull()
})

test.each(['data/inputs', 'data/workspaces', 'data/sessions', 'outputs', 'outputs behind a link', 'the log'])(
  'what %s takes counts for the limit of size, and no longer once it is gone',
  async place => {
    const world = await setUp({ retentionGb: 0.02 })
    const large = await ended(world, 5)
    await ended(world, 4)
    const { conversation } = (await world.engine.job(large)) ?? {}
    const folder = /inputs|outputs/.test(place) ? large : String(conversation)
    const text = 'x'.repeat(30_000)
    const lines = Array.from({ length: 1000 }, () => ({ kind: 'text' as const, text, at: ago(5).toISOString() }))
    if (place === 'the log') await appendEvents(world.db, large, 1, lines)
    else await writeFile(join(world.dir, place.replace(/ .*/, ''), folder, 'large'), Buffer.alloc(30e6, 1))
    if (place.endsWith('link')) await putBehindLink(join(world.dir, 'outputs'))
    await world.restart()
    await swept(world, 1)
    await world.restart()
    await world.restart()
    expect(await rowsOf(world)).toMatchObject({ job: 1 })
    expect(await world.engine.job(large)).toBeNull()
  },
)

async function putBehindLink(folder: string): Promise<void> {
  await rename(folder, `${folder}-elsewhere`)
  await symlink(`${folder}-elsewhere`, folder)
}

test('below the limit of size nothing goes', async () => {
  const world = await setUp({ retentionGb: 1_000_000 })
  await ended(world, 3)
  await world.restart()
  await world.restart()
  expect(await rowsOf(world)).toMatchObject({ job: 1 })
})

test('requests and days of the ledger that are older go, the others stay', async () => {
  const world = await setUp({ retentionDays: 30 })
  for (const days of [31, 29])
    await takeInbound(world.db, { platform: 'test', key: `${days}`, body: {}, at: ago(days).toISOString() })
  for (const days of [100, 0])
    await addSpent(world.db, ['global'], { at: ago(days), zone: 'UTC' }, { costUsd: 1, tokens: 0 })
  await world.restart()
  await eventually(async () => {
    const kept = await world.db.selectFrom('inbound').select('event_key').execute()
    expect(kept).toEqual([{ event_key: '29' }])
    const periods = (await world.db.selectFrom('ledger').select('period').orderBy('period').execute()).map(
      ({ period }) => period,
    )
    expect(periods).toEqual([ago(0).toISOString().slice(0, 7), ago(0).toISOString().slice(0, 10)])
  })
})

test('due times of schedules that were settled that long ago go', async () => {
  const world = await setUp({ retentionDays: 30 })
  const tick = (days: number, isSettled: boolean) => {
    const at = ago(days).toISOString()
    const settled_at = isSettled ? at : null
    return {
      schedule: 's',
      due: at,
      state: 'missed' as const,
      start_at: at,
      manual: 0,
      job: null,
      note: null,
      settled_at,
    }
  }
  await sql`insert into schedule (id, instruction, inputs, timezone, policy, enabled, created_by, created_at)
    values ('s', 'run', '{}', 'UTC', 'skip', 1, 'ann', '2026-01-01')`.execute(world.db)
  await world.db
    .insertInto('tick')
    .values([tick(31, true), tick(29, true), tick(40, false)])
    .execute()
  await world.restart()
  const left = async () => (await world.db.selectFrom('tick').select('due').execute()).length
  await eventually(async () => expect(await left()).toBe(2))
})

test('the disk gets back what a removed log took', async () => {
  const world = await setUp({ retentionDays: 30 })
  const id = await ended(world, 31)
  const lines = Array.from({ length: 2000 }, () => ({
    kind: 'text' as const,
    text: 'x'.repeat(5000),
    at: ago(31).toISOString(),
  }))
  await appendEvents(world.db, id, 1, lines)
  await world.restart()
  await swept(world, 0)
  await eventually(async () => expect(await usedPages(world)).toEqual({ pages: expect.any(Number), free: 0 }))
  await sql`pragma wal_checkpoint(truncate)`.execute(world.db)
  expect((await stat(join(world.dir, 'data/errand.db'))).size).toBeLessThan(1_000_000)
})

async function usedPages({ db }: World) {
  const { rows } = await sql<{ pages: number; free: number }>`
    select page_count as pages, freelist_count as free from pragma_page_count, pragma_freelist_count`.execute(db)
  return rows[0]
}
