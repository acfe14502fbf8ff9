import { chmod, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, SCHEMA_VERSION } from '../../src/db/connect.ts'
import { takeInbound } from '../../src/db/inbound.ts'
import { giveBackSpace, usedBytes } from '../../src/db/space.ts'
import { UserError } from '../../src/errors.ts'
import { databaseContract } from '../contracts/database.ts'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-db-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

databaseContract('SQLite in memory', () => openDatabase('sqlite::memory:'))
databaseContract('SQLite in a file', async () => openDatabase(`sqlite:${join(await folder(), 'errand.db')}`))

test('the file is opened for safety first: WAL, FULL, foreign keys, a short wait', async () => {
  const db = await openDatabase(`sqlite:${join(await folder(), 'errand.db')}`)
  const pragma = async (name: string) =>
    Object.values((await sql.raw(`pragma ${name}`).execute(db)).rows[0] as object)[0]
  expect(await pragma('journal_mode')).toBe('wal')
  expect(await pragma('synchronous')).toBe(2)
  expect(await pragma('foreign_keys')).toBe(1)
  expect(await pragma('busy_timeout')).toBe(250)
  await db.destroy()
})

test('nobody else may read a new database, wherever it lies', async () => {
  const dir = await folder()
  await chmod(dir, 0o755)
  const db = await openDatabase(`sqlite:${join(dir, 'errand.db')}`)
  onTestFinished(() => db.destroy())
  const modes = (await readdir(dir)).map(async name => ((await stat(join(dir, name))).mode & 0o777).toString(8))
  expect(await Promise.all(modes)).toEqual(['600', '600', '600']) // its log and index too
})

test('a database is opened again as it was, and one of a newer program is refused untouched', async () => {
  const path = join(await folder(), 'errand.db')
  const db = await openDatabase(`sqlite:${path}`)
  await db
    .updateTable('meta')
    .set({ value: String(SCHEMA_VERSION + 1) })
    .where('key', '=', 'min_reader')
    .execute()
  await db.destroy()
  const before = await readFile(path)
  await expect(openDatabase(`sqlite:${path}`)).rejects.toThrow(/newer Errand/)
  expect(await readFile(path)).toEqual(before)
})

test.each([
  ['postgres://x', /must begin with "sqlite:"/],
  ['sqlite:/dev/null/errand.db', /cannot be opened/],
])('%s is one sentence with its remedy', async (url, sentence) => {
  const error = await openDatabase(url).catch(error => error)
  expect(error).toBeInstanceOf(UserError)
  expect(error.message).toMatch(sentence)
})

/** A database of about 10 MB, closed. */
async function filled(): Promise<string> {
  const path = join(await folder(), 'errand.db')
  const db = await openDatabase(`sqlite:${path}`)
  for (let i = 0; i < 100; i += 1) {
    const body = 'x'.repeat(100_000)
    await takeInbound(db, { platform: 'test', key: `key-${i}`, body, at: '2026-11-21T10:00:00.000Z' })
  }
  await db.destroy()
  return path
}

/** Writes noise over a part of the file. */
async function scratch(path: string, at: number, bytes: number): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(Buffer.alloc(bytes, 0xa5), 0, bytes, at)
  await file.close()
}

const DAMAGED = /^The database .*errand\.db is damaged \(.+\)\. Stop the server, .*: errand restore FILE\.$/

test.each<[string, (path: string) => Promise<void>]>([
  ['no database at all', path => writeFile(path, 'this is not a database at all, it only has its name')],
  ['cut off', path => truncate(path, 5_000_000)],
  ['scratched at its beginning', path => scratch(path, 0, 100)],
  ['scratched in its middle', path => scratch(path, 200_000, 100_000)],
])('a file that is %s is refused at the start, with the way back', async (_, damage) => {
  const path = await filled()
  await damage(path)
  const error = await openDatabase(`sqlite:${path}`).catch(error => error)
  expect(error).toBeInstanceOf(UserError)
  expect(error.message).toMatch(DAMAGED)
})

test('damage that is met later is told in the same sentence', async () => {
  const path = await filled()
  const db = await openDatabase(`sqlite:${path}`)
  onTestFinished(() => db.destroy())
  await scratch(path, 100_000, 9_000_000)
  const error = await db
    .selectFrom('inbound')
    .selectAll()
    .execute()
    .catch(error => error)
  expect(error).toBeInstanceOf(UserError)
  expect(error.message).toMatch(DAMAGED)
})

test('a new file gives space back, all of what it is asked for', async () => {
  const path = await filled()
  const db = await openDatabase(`sqlite:${path}`)
  onTestFinished(() => db.destroy())
  const before = await usedBytes(db)
  await db.deleteFrom('inbound').execute()
  expect(await usedBytes(db)).toBeLessThan(before / 10)
  let steps = 0
  while (await giveBackSpace(db)) steps += 1
  expect(steps).toBeGreaterThan(5)
  expect(steps).toBeLessThan(50)
  await sql`pragma wal_checkpoint(truncate)`.execute(db)
  expect((await stat(path)).size).toBeLessThan(1_000_000)
})

test('the write-ahead log is cut again after a commit that made it large', async () => {
  const path = join(await folder(), 'errand.db')
  const db = await openDatabase(`sqlite:${path}`)
  onTestFinished(() => db.destroy())
  const walBytes = async () => (await stat(`${path}-wal`)).size
  const keep = (key: string, bytes: number) =>
    takeInbound(db, { platform: 'test', key, body: 'x'.repeat(bytes), at: '2026-11-21T10:00:00.000Z' })
  await keep('large', 24_000_000)
  expect(await walBytes()).toBeGreaterThan(20_000_000)
  for (const key of ['a', 'b']) await keep(key, 1000)
  expect(await walBytes()).toBeLessThanOrEqual(16 * 1024 * 1024)
})
