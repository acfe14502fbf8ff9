import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import {
  beginPosting,
  type DeliveryRow,
  findDelivery,
  forgive,
  markFailed,
  markSent,
  type Owed,
  owe,
} from '../db/delivery.ts'
import { messageOf, UserError } from '../errors.ts'
import type { Log } from '../log.ts'
import { insist } from './insist.ts'
import { pause } from './pause.ts'
import type { Message, Platform, PostRef, Target } from './platform.ts'

/** A post that stands in the chat; `shown` is what it says, null when an earlier call made it. */
export type Delivered = { ref: PostRef; shown: Message | null }

/** The one way by which a post is made. */
export type Outbox = {
  /** Notes a post that is made later, so that a restart knows that it is owed. */
  owe(key: string, target: Target, order: number, step: Message['step']): Promise<void>
  /**
   * Makes the post of this key once, whatever happens in between: a key that was posted gives the post that stands.
   * Null when it could not be made; then it is recorded and logged, and never tried again. Also null at the stop; then
   * it is still owed.
   */
  deliver(key: string, target: Target, order: number, message: Message): Promise<Delivered | null>
  /** Owes a post no more that was not begun. */
  forgive(key: string): Promise<void>
  /** The post of this key that stands; null when none was made. */
  find(key: string): Promise<Delivered | null>
}

/** Pauses before each further try: a platform that is down for a minute gets its posts. */
const RETRY_MS = [1_000, 4_000, 15_000, 60_000]

export function createOutbox(deps: {
  db: Db
  commit: Commit
  platform: Platform
  clock: Clock
  log: Log
  signal: AbortSignal
}): Outbox {
  const { db, commit, clock } = deps
  const underWay = new Map<string, Promise<Delivered | null>>()
  const owed = (key: string, target: Target, order: number, step: string) =>
    insist(() => {
      const owed: Owed = { key, target, order, step, body: null, at: clock.now().toISOString() }
      return commit(trx => owe(trx, owed), 'relaxed') // the job itself is on disk: a start finds what it is owed
    }, deps)
  return {
    owe: owed,
    forgive: key => insist(() => commit(trx => forgive(trx, key)), deps),
    find: async key => {
      const row = await findDelivery(db, key)
      return row?.state === 'sent' ? { ref: refOf(row), shown: null } : null
    },
    deliver: (key, target, order, message) => {
      const posting =
        underWay.get(key) ??
        owed(key, target, order, message.step)
          .then(() => deliverOwed(deps, key, target, message))
          .finally(() => underWay.delete(key))
      underWay.set(key, posting)
      return posting
    },
  }
}

type Deps = Parameters<typeof createOutbox>[0]

async function deliverOwed(deps: Deps, key: string, target: Target, message: Message): Promise<Delivered | null> {
  const row = await findDelivery(deps.db, key)
  if (row === null) throw new Error(`delivery ${key} was noted and is gone`)
  if (row.state === 'failed') return null
  if (row.state === 'sent') return { ref: refOf(row), shown: null }
  // Sent by an earlier process that did not live to hear the answer: it may stand in the chat.
  let mayStand = row.state === 'posting'
  await insist(() => deps.commit(trx => beginPosting(trx, key, target, message)), deps)
  for (const ms of [...RETRY_MS, null]) {
    try {
      const found = mayStand ? await deps.platform.find(target, key) : null
      const ref = found ?? (await deps.platform.post(target, message, key))
      await deps.commit(trx => markSent(trx, key, [ref]))
      return { ref, shown: found === null ? message : null }
    } catch (error) {
      mayStand = true
      if (ms === null || error instanceof UserError) return await giveUp(deps, key, error)
      deps.log.warn({ err: error, delivery: key, againInMs: ms }, 'a post could not be made')
      if (!(await pause(deps.clock, ms, deps.signal))) return null
    }
  }
  return null
}

async function giveUp(deps: Deps, key: string, error: unknown): Promise<null> {
  await insist(() => markFailed(deps.db, key, messageOf(error)), deps)
  if (error instanceof UserError) deps.log.warn({ delivery: key }, error.message)
  else deps.log.error({ err: error, delivery: key }, 'a post was given up')
  return null
}

function refOf(row: DeliveryRow): PostRef {
  const [ref] = JSON.parse(row.platform_ids ?? '[]') as PostRef[]
  if (ref === undefined) throw new Error(`delivery ${row.key} is sent and has no post`)
  return ref
}
