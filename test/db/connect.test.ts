import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, SCHEMA_VERSION } from '../../src/db/connect.ts'
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

test('a file that is no database is one sentence', async () => {
  const path = join(await folder(), 'errand.db')
  await writeFile(path, 'this is not a database at all, it only has its name')
  await expect(openDatabase(`sqlite:${path}`)).rejects.toBeInstanceOf(UserError)
})
