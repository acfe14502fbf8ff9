import { findDelivery, owedKeys, takeOwed } from '../db/delivery.ts'
import { ALERT } from '../engine/schedules/alerts.ts'
import { createOutbox } from './delivery.ts'
import type { DeskOptions } from './desk-options.ts'
import { isOf, type Message, type Target } from './platform.ts'

/** Posts what the engine leaves to be said in a place of this platform, each once. */
export function createAlerts(options: DeskOptions): { takeUp(): Promise<void> } {
  const { db, owner, platform, work } = options
  const outbox = createOutbox(options)
  const underWay = new Set<string>()
  const foreign = new Set<string>()

  const post = async (key: string, target: Target, message: Message) => {
    if (await takeOwed(db, key, owner)) await outbox.deliver(key, target, 1, message)
  }
  return {
    takeUp: async () => {
      for (const key of await owedKeys(db, ALERT, owner)) {
        if (underWay.has(key) || foreign.has(key)) continue
        const row = await findDelivery(db, key)
        if (!row) continue
        const target = JSON.parse(row.target) as Target
        if (!isOf(platform, target.place)) {
          foreign.add(key)
          continue
        }
        underWay.add(key)
        const posting = post(key, target, JSON.parse(row.body) as Message)
        work.add(
          posting.finally(() => underWay.delete(key)),
          { delivery: key },
        )
      }
    },
  }
}
