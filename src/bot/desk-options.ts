import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import type { Engine } from '../engine/engine.ts'
import type { Log } from '../log.ts'
import type { LinkTo } from './elsewhere.ts'
import type { LoginLink } from './login.ts'
import type { Platform } from './platform.ts'
import type { Work } from './work.ts'

/** What one platform's side of the bot works with. */
export type DeskOptions = {
  engine: Omit<Engine, 'start' | 'stop' | 'hurry' | 'owner'>
  /** Names this process among all that tell threads from the database. */
  owner: string
  db: Db
  platform: Platform
  clock: Clock
  log: Log
  /** Absent without PUBLIC_URL: then posts name the command. */
  linkTo?: LinkTo
  loginLink?: LoginLink
  /** Requests and posts that come at the same time share a commit. */
  commit: Commit
  work: Work
  signal: AbortSignal
}
