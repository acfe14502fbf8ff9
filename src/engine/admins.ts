import { randomUUID } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import { owe } from '../db/delivery.ts'
import { listPeople } from '../db/people.ts'
import { ALERT } from './schedules/alerts.ts'

/** Leaves a word to each admin, the configured ones and those who were made one, for the chat that knows the person. */
export async function oweAdmins(
  trx: Db,
  configured: readonly string[],
  { text, at }: { text: string; at: Date },
): Promise<void> {
  const made = (await listPeople(trx)).filter(({ role }) => role === 'admin').map(({ actor }) => actor)
  for (const user of new Set([...configured, ...made])) {
    const key = `admins/${user}/${at.toISOString()}/${randomUUID()}` // several words may fall into one moment
    await owe(trx, {
      key,
      target: { place: user, thread: null },
      order: 1,
      step: ALERT,
      body: { step: 'note', text },
      at: at.toISOString(),
    })
  }
}
