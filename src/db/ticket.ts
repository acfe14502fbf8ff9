import { createHash } from 'node:crypto'
import type { Db } from './connect.ts'

/** Something that lets in once: whom, and until when (ISO 8601 UTC). */
export type Ticket = { actor: string; until: string }

/** Keeps a ticket by the hash of its word: who reads the database cannot use it. */
export async function keepTicket(db: Db, word: string, ticket: Ticket, at: string): Promise<void> {
  await db
    .insertInto('control')
    .values({ id: idOf(word), body: JSON.stringify(ticket), created_at: at })
    .execute()
}

/** Takes a ticket away and gives it; null when there is none. Of several who come at once one gets it. */
export async function takeTicket(db: Db, word: string): Promise<Ticket | null> {
  const row = await db.deleteFrom('control').where('id', '=', idOf(word)).returning('body').executeTakeFirst()
  return row ? (JSON.parse(row.body) as Ticket) : null
}

const idOf = (word: string): string => `ticket ${createHash('sha256').update(word).digest('base64url')}`
