import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import type { Engine } from '../engine/engine.ts'
import type { Log } from '../log.ts'
import type { Outbox } from './delivery.ts'
import type { LinkTo } from './elsewhere.ts'
import type { Platform } from './platform.ts'

/** What tells one platform's threads; `signal` stops it between two posts, and the next process goes on. */
export type Teller = {
  engine: Pick<Engine, 'job' | 'follow' | 'question' | 'instructions' | 'keepThread'>
  db: Db
  platform: Platform
  outbox: Outbox
  clock: Clock
  log: Log
  signal: AbortSignal
  linkTo?: LinkTo
}
