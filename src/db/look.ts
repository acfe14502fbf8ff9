import { existsSync, readdirSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { messageOf } from '../errors.ts'
import { SCHEMA_VERSION } from './connect.ts'
import { CHECKED_BYTES, flawIn, isDamage, RESTORING, sqlitePath } from './sqlite.ts'

/** What is wrong with a database; null: nothing that is seen without changing it. */
export type DatabaseLook = { path: string; isThere: boolean } & ({ flaw: null } | { flaw: string; remedy: string })

/** Looks at the database without changing it, while a server may use it. */
export function findDatabaseFlaw(url: string): DatabaseLook {
  const path = sqlitePath(url)
  if (path === null) return { path: 'in memory', isThere: true, flaw: null }
  const isThere = bytesOf(path) > 0
  const half = { flaw: `a restore of ${path} did not come to its end`, remedy: 'Run it again: errand restore FILE.' }
  if (!isThere) return { path, isThere, ...(existsSync(path + RESTORING) ? half : { flaw: null }) }
  try {
    return { path, isThere, ...lookInto(path) }
  } catch (error) {
    const flaw = `${path} cannot be opened (${messageOf(error)})`
    return { path, isThere, flaw, remedy: isDamage(error) ? RESTORE : OPEN }
  }
}

/**
 * What is said of a database that is gone or empty while `workspaces` has folders of its jobs; null when nothing is lost.
 * Begun anew it would know of none of them, and what nobody knows of is swept away.
 */
export function findLoss(url: string, workspaces: string): string | null {
  const path = sqlitePath(url)
  if (path === null || bytesOf(path) > 0 || existsSync(path + RESTORING)) return null
  if (!existsSync(workspaces) || readdirSync(workspaces).length === 0) return null
  return `The database ${path} is gone or empty, and ${workspaces} has the folders of its jobs. Correct DATABASE_URL, or move DATA_DIR and OUTPUTS_DIR out of the way and bring back a backup: errand restore FILE.`
}

/** None has no bytes either, nor has one that was just created. */
const bytesOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const OPEN = 'Make it a SQLite file that this user may write, or set DATA_DIR or DATABASE_URL to another place.'
const RESTORE = 'Move DATA_DIR and OUTPUTS_DIR out of the way and bring back a backup: errand restore FILE.'

function lookInto(path: string): { flaw: null } | { flaw: string; remedy: string } {
  const driver = new Database(path, { readonly: true, fileMustExist: true })
  try {
    const flaw = statSync(path).size <= CHECKED_BYTES ? flawIn(driver, 'quick') : null
    if (flaw !== null) return { flaw: `${path} is damaged (${flaw})`, remedy: RESTORE }
    const needed = driver.prepare<[], { value: string }>(`select value from meta where key = 'min_reader'`).get()
    if (Number(needed?.value) > SCHEMA_VERSION)
      return { flaw: `${path} was written by a newer Errand`, remedy: 'Start that version, or set DATABASE_URL.' }
    return { flaw: null }
  } finally {
    driver.close()
  }
}
