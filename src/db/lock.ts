import { existsSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'

/**
 * Holds a lock file until the given function is called or this process ends, however it does: the kernel gives the lock
 * back then. The file is SQLite's, which locks in the same way on every system; a process that is stopped holds on.
 */
export function holdLock(path: string): () => void {
  const driver = new Database(path)
  lock(driver)
  return () => {
    rmSync(path, { force: true }) // first, so that nobody finds it without a holder
    driver.close()
  }
}

/**
 * True when somebody had the lock and has it no more. Whoever works on one database in WAL mode is on one machine, and
 * sees the locks of all others there, whatever container each is in. False also where there is no such file, and where
 * it is none of ours or cannot be opened: then the lease says who is dead.
 */
export function isLockLeft(path: string): boolean {
  if (!existsSync(path)) return false
  let driver: Database.Database | undefined
  try {
    driver = new Database(path, { timeout: 0 })
    lock(driver)
    return true
  } catch (error) {
    if (error instanceof Database.SqliteError) return false
    throw error
  } finally {
    driver?.close()
  }
}

function lock(driver: Database.Database): void {
  driver.pragma('journal_mode = memory') // no further file beside it
  driver.exec('begin exclusive')
}
