import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** The bytes of the pages that hold something. */
export async function usedBytes(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select (page_count - freelist_count) * page_size as bytes
    from pragma_page_count, pragma_freelist_count, pragma_page_size`.execute(db)
  return rows[0]?.bytes ?? 0
}

/** How many pages one transaction gives back; a few milliseconds. */
const PAGES_GIVEN_BACK = 250

/** Gives some free pages at the file's end back to the disk; false when there was none to give. */
export async function giveBackSpace(db: Db): Promise<boolean> {
  const free = async () => {
    const { rows } = await sql<{ count: number }>`select freelist_count as count from pragma_freelist_count`.execute(db)
    return rows[0]?.count ?? 0
  }
  const before = await free()
  if (before === 0) return false
  await sql.raw(`pragma incremental_vacuum(${PAGES_GIVEN_BACK})`).execute(db)
  return (await free()) < before
}
