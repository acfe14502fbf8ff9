import { randomUUID } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import { owe } from '../db/delivery.ts'
import { ALERT } from './schedules/alerts.ts'

/** Leaves a word to each admin whom the chat reaches without a channel: Slack opens a conversation by the person's id. */
export async function oweAdmins(
  trx: Db,
  admins: readonly string[],
  { text, at }: { text: string; at: Date },
): Promise<void> {
  for (const user of admins.filter(key => key.startsWith('user:slack:'))) {
    const place = user.replace(/^user:/, 'channel:')
    const key = `admins/${user}/${at.toISOString()}/${randomUUID()}` // several words may fall into one moment
    await owe(trx, {
      key,
      target: { place, thread: null },
      order: 1,
      step: ALERT,
      body: { step: 'note', text },
      at: at.toISOString(),
    })
  }
}
