import Database from 'better-sqlite3'
import { UserError } from '../errors.ts'
import { SCHEMA_VERSION } from './connect.ts'
import { damaged, explain, flawIn } from './sqlite.ts'

/** More pages than a database has: after its first step the copy is made in one, or each write would begin it anew. */
const ALL_PAGES = 2 ** 30

/**
 * Copies a database as it is at one moment, while another process may write to it; that one does not wait. The copy
 * must be a new file or an empty one. Throws a UserError when it is damaged: a copy that cannot be brought back must
 * not take the place of one that can.
 */
export async function copyDatabase(path: string, to: string): Promise<void> {
  const source = new Database(path, { readonly: true, fileMustExist: true })
  try {
    await source.backup(to, { progress: () => ALL_PAGES })
  } catch (error) {
    throw explain(path, error)
  } finally {
    source.close()
  }
  const copy = new Database(to, { fileMustExist: true })
  try {
    const flaw = flawOf(copy)
    if (flaw !== null) throw damaged(path, flaw)
  } finally {
    copy.close()
  }
}

/** What keeps a copy from being used; null: nothing. */
function flawOf(driver: Database.Database): string | null {
  const hasTables = () => driver.prepare(`select 1 from sqlite_schema where name = 'meta'`).get() !== undefined
  return flawIn(driver, 'full') ?? (hasTables() ? null : 'it has no tables')
}

/** A folder that lies elsewhere now. */
export type Move = { from: string; to: string }

/**
 * Makes a copy ready to be used here: reads it through, corrects where it says that files lie, and forgets the processes
 * of the original, so that their jobs are taken up at once and nothing here is taken for one of them. Throws a UserError
 * when it is damaged or of a newer program.
 */
export function adoptCopy(path: string, madeAt: string, moves: { data: Move; outputs: Move }): void {
  const driver = new Database(path, { fileMustExist: true })
  try {
    const flaw = flawOf(driver)
    if (flaw !== null) throw new UserError(`Its database is damaged (${flaw}). Use another backup.`)
    const needed = driver.prepare<[], { value: string }>(`select value from meta where key = 'min_reader'`).get()
    if (Number(needed?.value) > SCHEMA_VERSION)
      throw new UserError('The backup was made by a newer Errand. Restore it with that version, or a newer one.')
    const places = [
      { table: 'artifact', column: 'store', prefix: '', move: moves.outputs },
      { table: 'workspace', column: 'uri', prefix: 'file:', move: moves.data },
      { table: 'session', column: 'store', prefix: 'file:', move: moves.data },
    ]
    driver.transaction(() => {
      driver.prepare('delete from server').run()
      driver
        .prepare('update attempt set lease_until = ?, pid = null, pid_start = null where ended_at is null')
        .run(madeAt)
      for (const { table, column, prefix, move } of places) {
        const [from, to] = [`${prefix}${move.from}/`, `${prefix}${move.to}/`]
        driver
          .prepare(
            `update ${table} set ${column} = ? || substr(${column}, ?) where substr(${column}, 1, ?) = ?`, // names with % or _ are no patterns
          )
          .run(to, from.length + 1, from.length, from)
      }
    })()
  } finally {
    driver.close()
  }
}
