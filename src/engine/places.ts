import type { Clock } from '../clock.ts'
import { openJobs } from '../db/attempt.ts'
import type { Db } from '../db/connect.ts'
import { countBy, fairOrder } from './fair.ts'

/** Places are exact up to this one; further back nobody counts them. */
export const PLACES = 100
const FRESH_MS = 1000

/** The first places of the queue, as they were read last. */
export type Places = {
  /** The place of a job that is in the queue, from 1; null when it is further back than `PLACES`. */
  of(job: string): Promise<number | null>
  /** A job has left the queue: those behind it move up. */
  left(job: string): void
}

/** Reads them at most once a second, however many look; a job that came since stands behind those that were there. */
export function createPlaces({ db, clock }: { db: Db; clock: Clock }): Places {
  let order: string[] = []
  let reading = Promise.resolve()
  let readAt = Number.NEGATIVE_INFINITY
  const read = async (now: Date) => {
    order = await firstJobs(db, now)
  }
  return {
    of: async job => {
      const now = clock.now()
      if (Math.abs(now.getTime() - readAt) >= FRESH_MS) {
        readAt = now.getTime()
        reading = read(now)
      }
      await reading
      if (!order.includes(job) && order.length < PLACES) order.push(job)
      const at = order.indexOf(job)
      return at === -1 ? null : at + 1
    },
    left: job => {
      order = order.filter(other => other !== job)
    },
  }
}

async function firstJobs(db: Db, now: Date): Promise<string[]> {
  const running = countBy(await openJobs(db), ({ actor }) => actor)
  const order: string[] = []
  for await (const job of fairOrder(db, { now, running, closed: { actor: [], place: [], instruction: [] } })) {
    order.push(job)
    if (order.length === PLACES) break
  }
  return order
}
