import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { messageOf, UserError } from '../errors.ts'

/** The file of a database; null where it is in memory. Throws a UserError for a URL of another kind. */
export function sqlitePath(url: string): string | null {
  if (!url.startsWith('sqlite:'))
    throw new UserError(
      `DATABASE_URL must begin with "sqlite:"; "${url.split(':')[0]}:" is not supported. Use sqlite:PATH.`,
    )
  const path = url.slice('sqlite:'.length)
  return path === ':memory:' ? null : resolve(path)
}

/** Opens the one connection that writes. Throws a UserError for a file that cannot be opened or is damaged. */
export function openSqlite(url: string): SqliteDatabase {
  const path = sqlitePath(url)
  return path === null ? guarded(openDriver(':memory:'), path) : guarded(openFile(path), path)
}

/** The ending of a database's name while a restore is under way: what is there is not whole yet. */
export const RESTORING = '.restoring'
/** A write-ahead log that grew in a busy hour is cut to this once it is written back. */
const WAL_BYTES = 16 * 1024 * 1024
/** How long the first opening by another process is waited for. */
const FIRST_OPENING_MS = 5000
/** A file of this size is read through in about a tenth of a second; a larger one shows its damage when it is met. */
export const CHECKED_BYTES = 100_000_000

function openDriver(path: string): Database.Database {
  const isNew = path === ':memory:' || !existsSync(path)
  if (isNew && path !== ':memory:') closeSync(openSync(path, 'a', 0o600)) // SQLite would let everyone read it
  const driver = new Database(path)
  if (isNew) driver.pragma('auto_vacuum = incremental') // only a file without tables takes it; others reuse free pages
  writeAhead(driver)
  driver.pragma(`journal_size_limit = ${WAL_BYTES}`)
  driver.pragma('synchronous = FULL') // what was accepted or ended survives a power cut
  driver.pragma('foreign_keys = ON')
  return driver
}

/** Only the first opening changes the file, and SQLite does not wait for another process that does the same just then. */
function writeAhead(driver: Database.Database): void {
  for (const began = performance.now(); ; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)) {
    try {
      driver.pragma('journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() - began > FIRST_OPENING_MS) throw error
    }
  }
}

const isBusy = (error: unknown) => error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')

function openFile(path: string): Database.Database {
  if (existsSync(path + RESTORING) && !existsSync(path))
    throw new UserError(`A restore of ${path} did not come to its end. Run it again: errand restore FILE.`)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const driver = openDriver(path)
    const flaw = statSync(path).size <= CHECKED_BYTES ? flawIn(driver, 'quick') : null
    if (flaw === null) return driver
    driver.close()
    throw damaged(path, flaw)
  } catch (error) {
    if (error instanceof UserError) throw error
    if (isDamage(error)) throw explain(path, error)
    throw new UserError(
      `The database ${path} cannot be opened (${messageOf(error)}). Make it a writable SQLite file, or set DATA_DIR or DATABASE_URL to another place.`,
      { cause: error },
    )
  }
}

/** Reads the whole file, `full` with its indexes against its rows. Gives what is wrong first; null when nothing is. */
export function flawIn(driver: Database.Database, how: 'quick' | 'full'): string | null {
  try {
    const cache = driver.pragma('cache_size', { simple: true })
    driver.pragma('cache_size = -1000') // each page is read once
    const found = String(driver.pragma(how === 'quick' ? 'quick_check(1)' : 'integrity_check(1)', { simple: true }))
    driver.pragma(`cache_size = ${cache}`)
    return found === 'ok' ? null : (found.split('\n').at(-1) ?? found)
  } catch (error) {
    if (isDamage(error)) return messageOf(error)
    throw error
  }
}

/** True for what no other time and no other user makes readable. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)

/** What is said of a damaged database, with the way out. */
export const damaged = (path: string, why: string, cause?: unknown): UserError =>
  new UserError(
    `The database ${path} is damaged (${why}). Stop the server, move DATA_DIR and OUTPUTS_DIR out of the way and bring back a backup: errand restore FILE.`,
    { kind: 'runtime', cause },
  )

/** Damage as a UserError that says what to do; any other error as it is. */
export const explain = (path: string, error: unknown): unknown =>
  isDamage(error) ? damaged(path, messageOf(error), error) : error

function explained<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw explain(path, error)
  }
}

/**
 * Whenever a parameter of a SELECT with a join, an order or a limit is bound anew, SQLite plans that statement again,
 * since another value might make another plan better: ours never do, and planning takes ten times as long as the rest.
 * A plus sign changes no value and hides it from the planner. A text of ours holds `?` as a parameter only.
 */
const plannedOnce = (text: string): string => (text.startsWith('select ') ? text.replaceAll('?', '+?') : text)

/**
 * Kysely prepares each statement anew and begins transactions as DEFERRED. Prepared statements are kept (our texts
 * are a bounded set), and `begin` takes the write lock at once: a deferred one can fail in its middle with BUSY.
 */
function guarded(driver: Database.Database, path: string | null): SqliteDatabase {
  const name = path ?? 'in memory'
  const prepared = new Map<string, SqliteStatement>()
  const prepare = (text: string): SqliteStatement => {
    if (text.startsWith('pragma incremental_vacuum')) return stepped(driver, text)
    const statement = driver.prepare(text === 'begin' ? 'begin immediate' : plannedOnce(text))
    return {
      reader: statement.reader,
      all: parameters => explained(name, () => statement.all(parameters)),
      run: parameters => explained(name, () => statement.run(parameters)),
      iterate: parameters => explained(name, () => statement.iterate(parameters)),
    }
  }
  return {
    close: () => {
      driver.close()
    },
    prepare(text) {
      // A full disk makes SQLite end the transaction itself; the error about that must not take the place of the first.
      if (text === 'rollback' && !driver.inTransaction) return prepare('select 1 where false')
      const statement = prepared.get(text) ?? explained(name, () => prepare(text))
      if (prepared.size < 500) prepared.set(text, statement)
      return statement
    },
  }
}

/** It does a page a step and gives no rows: run as a statement it would end after the first. */
const stepped = (driver: Database.Database, text: string): SqliteStatement => ({
  reader: true,
  all: () => {
    driver.exec(text)
    return []
  },
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
})
