import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock } from '../clock.ts'
import { groupCommit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { findJob, type JobRow } from '../db/job.ts'
import { type JobCursor, type JobFilter, listJobs } from '../db/job-list.ts'
import type { JobEvent } from '../job.ts'
import type { Log } from '../log.ts'
import type { Redact } from '../redact.ts'
import type { Agent } from './agent.ts'
import { cancelJob } from './cancel.ts'
import { createDispatcher } from './dispatcher.ts'
import { createDrafts } from './drafts.ts'
import type { Instructions, Upload } from './instructions/instruction.ts'
import { createJournal } from './journal.ts'
import { type Asker, openOutput } from './open-output.ts'
import { createPool } from './pool.ts'
import { createRetention } from './retention.ts'
import { createRunning } from './running.ts'
import { type Submission, submitJob } from './submit.ts'
import { sweep } from './sweep.ts'
import { follow } from './tail.ts'
import { type JobView, viewJobs } from './view.ts'
import { createWakeup } from './wakeup.ts'
import { foldersIn, makeFolders } from './workspace.ts'

/** The whole face of the engine: what changes a job goes through here. */
export type Engine = {
  /** Names this process among all that work on the database. */
  readonly owner: string
  /** Takes up what a dead process left, then claims and runs queued jobs from now on. */
  start(): Promise<void>
  /** Takes up no more jobs and interrupts the running ones, which resume at the next start. */
  stop(): Promise<void>
  /** Makes a stop that is under way quick: running agents are killed, and everything is written all the same. */
  hurry(): Promise<void>
  /** Checks, keeps and queues a job. Throws a UserError that names every problem, and then nothing was started. */
  submit(submission: Submission): Promise<JobView>
  /**
   * Cancels for a person, named as others know them; a running job ends soon after. Throws a UserError when there is
   * no such job or it has ended.
   */
  cancel(id: string, by: string): Promise<JobView>
  job(id: string): Promise<JobView | null>
  /** Newest first; `next` is where the following page begins, null at the end. */
  jobs(filter: JobFilter): Promise<{ jobs: JobView[]; next: JobCursor | null }>
  /** Stored log lines after `after`, then new ones; ends when the job is final and every line was given. */
  follow(id: string, after: number, signal: AbortSignal): AsyncIterable<JobEvent>
  /** What the job's agent is writing just now, whenever that has changed; empty once it is a line of the log. */
  drafts(id: string, signal: AbortSignal): AsyncIterable<string>
  /** An output of an earlier job, to be given to another. Throws a UserError when it is not there for this person. */
  openOutput(id: string, path: string, who: Asker): Promise<Upload>
  instructions(): Instructions
}

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
}

export function createEngine(options: EngineOptions): Engine {
  const { db } = options
  const parts = assemble(options)
  const { pool, wakeup } = parts

  const view = (rows: JobRow[]) => viewJobs(db, rows, { slots: pool.size(), free: pool.free() })
  const job = async (id: string) => {
    const row = await findJob(db, id)
    return row && ((await view([row]))[0] ?? null)
  }
  const existing = async (id: string) => {
    const found = await job(id)
    if (!found) throw new Error(`job ${id} is gone`)
    return found
  }

  return {
    owner: parts.owner,
    ...lifeOf(parts),
    hurry: () => parts.running.killAll(),
    submit: async submission => {
      const id = await submitJob(parts, submission)
      const submitted = await existing(id)
      wakeup.notify('queue')
      return submitted
    },
    cancel: async (id, by) => {
      await cancelJob(parts, id, by)
      return await existing(id)
    },
    job,
    jobs: async filter => {
      const { rows, next } = await listJobs(db, filter)
      return { jobs: await view(rows), next }
    },
    follow: (id, after, signal) => follow(parts, id, after, signal),
    drafts: parts.drafts.follow,
    openOutput: (id, path, who) => openOutput(db, id, path, who),
    instructions: parts.instructions,
  }
}

/** What goes on from the start to the stop. */
function lifeOf({ db, clock, log, folders, outputsDir, dispatcher, retention }: ReturnType<typeof assemble>) {
  let swept = Promise.resolve()
  return {
    start: async () => {
      await makeFolders({ ...folders, outputs: outputsDir })
      await dispatcher.start()
      retention.start()
      swept = sweep({ db, folders, now: clock.now() }).catch(error =>
        log.error({ err: error }, 'what a crash left in the folders could not be removed'),
      )
    },
    stop: async () => void (await Promise.all([dispatcher.stop(), retention.stop(), swept])),
  }
}

/** What the engine is made of, put together. */
function assemble({ db, agent, clock, log, ...options }: EngineOptions) {
  const commit = groupCommit(db)
  const wakeup = createWakeup()
  const { redact } = options
  const drafts = createDrafts(wakeup, redact)
  const pool = createPool(options.maxConcurrentJobs)
  const owner = randomUUID() // one a process: what another owner left is not ours
  const journal = createJournal({ commit, owner, wakeup, log, redact, onLost: key => running.lost(key) })
  const parts = {
    ...{ db, agent, clock, log, redact, commit, wakeup, pool, owner, journal, drafts },
    host: hostname(),
    startedAt: clock.now(),
    folders: foldersIn(options.dataDir),
    outputsDir: options.outputsDir,
    instructions: options.instructions,
    timeoutMinutes: () => options.jobTimeoutMinutes,
    stallMinutes: () => options.stallMinutes,
  }
  const running = createRunning(parts)
  const { retentionDays, retentionGb } = options
  const retention = createRetention({ ...parts, retentionDays, retentionGb })
  return { ...parts, running, retention, dispatcher: createDispatcher({ ...parts, running }) }
}
