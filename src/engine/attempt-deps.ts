import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import type { Log } from '../log.ts'
import type { Redact } from '../redact.ts'
import type { Agent } from './agent.ts'
import type { Drafts } from './drafts.ts'
import type { Instructions } from './instructions/instruction.ts'
import type { Journal } from './journal.ts'
import type { Limits } from './limits/names.ts'
import type { QueueLook } from './queue-look.ts'
import type { Wakeup } from './wakeup.ts'
import type { Folders } from './workspace.ts'

/** What an attempt needs of the engine. */
export type AttemptDeps = {
  db: Db
  commit: Commit
  agent: Agent
  journal: Journal
  drafts: Drafts
  wakeup: Wakeup
  clock: Clock
  log: Log
  redact: Redact
  owner: string
  queue: Pick<QueueLook, 'changed'>
  folders: Folders
  outputsDir: string
  instructions: () => Instructions
  /** All limits as they stand now. */
  limits(db: Db): Promise<Limits>
  /** The zone by whose clocks days, months and times in texts go. */
  defaultTimezone: string
  /** From 0 to 1, so that servers that were refused together do not try again together. */
  random: () => number
  /** Leaves a word to the admins, in the transaction of what it tells of. */
  tellAdmins(trx: Db, text: string): Promise<void>
  /** After how long without an answer a job's process is ended. */
  parkMinutes: () => number
}

/** What one attempt has for itself: `heard` is told once its agent has said something. */
export type OwnDeps = AttemptDeps & { ear: Ear; heard(): void }

/** What hears what people say into an attempt: false while no turn of its agent goes on. */
export type Ear = { hear(text: string): boolean }
