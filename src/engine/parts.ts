import { randomUUID } from 'node:crypto'
import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Account } from '../config.ts'
import { groupCommit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { listLimits } from '../db/limit.ts'
import type { Person } from '../job.ts'
import type { Log } from '../log.ts'
import type { Redact } from '../redact.ts'
import { SYSTEM_ZONE } from '../zone.ts'
import { oweAdmins } from './admins.ts'
import type { Agent } from './agent.ts'
import { cancelJob } from './cancel.ts'
import { createDispatcher } from './dispatcher.ts'
import { createDrafts } from './drafts.ts'
import type { Instructions } from './instructions/instruction.ts'
import { createJournal } from './journal.ts'
import { defaultLimits } from './limits/defaults.ts'
import { limitsFrom } from './limits/names.ts'
import { freeMemory } from './memory.ts'
import { askingPerson } from './people.ts'
import { createPool } from './pool.ts'
import { createQueueLook } from './queue-look.ts'
import { createRetention } from './retention.ts'
import { createRunning } from './running.ts'
import { createStarts } from './starts.ts'
import { type Submission, submitJob } from './submit.ts'
import { createWakeup } from './wakeup.ts'
import { foldersIn } from './workspace.ts'

/** What an engine needs of the world. */
export type EngineOptions = {
  db: Db
  agent: Agent
  clock: Clock
  log: Log
  /** What may be run now; asked anew each time, since the folder may change. */
  instructions: () => Instructions
  /** What agents say and name is stored redacted. */
  redact: Redact
  /** An absolute path without links in it. */
  dataDir: string
  outputsDir: string
  maxConcurrentJobs: number
  jobTimeoutMinutes: number
  stallMinutes: number
  retentionDays: number
  retentionGb: number
  /** After how long without an answer a waiting job's process is ended; 15 unless given. */
  parkMinutes?: number
  /** Whose calls the agent makes: none unless given. */
  account?: Account | null
  /** Keys of people who are admins. */
  adminUsers?: readonly string[]
  /** Bytes of memory that are free for agents; the system's unless given. */
  freeMemory?: () => number
  /** The zone of a schedule that names none, of days and months of limits, and of times in texts; this machine's unless given. */
  defaultTimezone?: string
}

const PARK_MINUTES = 15

/** What the engine is made of, put together. */
export function assemble({ db, agent, clock, log, ...options }: EngineOptions) {
  const commit = groupCommit(db)
  const wakeup = createWakeup()
  const { redact } = options
  const drafts = createDrafts(wakeup, redact)
  const defaults = defaultLimits(options)
  const pool = createPool(options.maxConcurrentJobs)
  const owner = randomUUID() // one a process: what another owner left is not ours
  const journal = createJournal({ commit, owner, wakeup, log, redact, onLost: key => running.lost(key) })
  const { defaultTimezone = SYSTEM_ZONE } = options
  const limits = async (from: Db) => limitsFrom(await listLimits(from), defaults, defaultTimezone)
  const parts = {
    ...{ db, agent, clock, log, redact, commit, wakeup, pool, owner, journal, drafts },
    account: options.account ?? null,
    host: hostname(),
    startedAt: clock.now(),
    folders: foldersIn(options.dataDir),
    locksDir: join(options.dataDir, 'locks'),
    outputsDir: options.outputsDir,
    instructions: options.instructions,
    ...{ defaults, limits, defaultTimezone, random: Math.random },
    tellAdmins: (trx: Db, text: string) => oweAdmins(trx, options.adminUsers ?? [], { text, at: clock.now() }),
    starts: createStarts({ cores: availableParallelism(), memory: options.freeMemory ?? freeMemory }),
    queue: createQueueLook({ db, clock, pool, limits, instructions: options.instructions }),
    parkMinutes: () => options.parkMinutes ?? PARK_MINUTES,
    asking: (person: Pick<Person, 'actor' | 'roles' | 'place'>) => askingPerson(db, options.adminUsers ?? [], person),
  }
  const running = createRunning(parts)
  const { retentionDays, retentionGb } = options
  const retention = createRetention({ ...parts, retentionDays, retentionGb })
  return {
    ...{ ...parts, running, retention },
    dispatcher: createDispatcher({ ...parts, running }),
    submit: (submission: Submission, also: NonNullable<Parameters<typeof submitJob>[2]>) =>
      submitJob(parts, submission, also),
    cancel: (id: string, by: Person) => cancelJob({ ...parts, running }, id, by),
  }
}

/** What `assemble` gives: the engine's parts, for those that need many of them. */
export type Parts = ReturnType<typeof assemble>
