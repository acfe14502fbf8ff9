import { join } from 'node:path'
import { findJob, type JobRow } from '../db/job.ts'
import { type JobCursor, type JobFilter, listJobs } from '../db/job-list.ts'
import { holdLock } from '../db/lock.ts'
import { findQuestion, type Question } from '../db/question.ts'
import type { JobEvent, Person, Role } from '../job.ts'
import type { Asking } from './access.ts'
import { answerQuestion, questionFor } from './answers.ts'
import { cancelJob } from './cancel.ts'
import { type Conversations, createConversations } from './conversations.ts'
import type { Instructions } from './instructions/instruction.ts'
import type { Upload } from './instructions/upload.ts'
import { meetAccount } from './limits/account.ts'
import { createLimits, type LimitsFace } from './limits/change.ts'
import { openOutput } from './open-output.ts'
import { assemble, type EngineOptions, type Parts } from './parts.ts'
import { assertMaySubmit, setRoleOf } from './people.ts'
import { createReminders } from './reminders.ts'
import type { Said } from './said.ts'
import { createScheduleLoop } from './schedules/loop.ts'
import { createSchedules, type Schedules } from './schedules/schedules.ts'
import { type Submission, submitJob } from './submit.ts'
import { sweep } from './sweep.ts'
import { follow } from './tail.ts'
import { type JobView, viewJobs } from './view.ts'
import { makeFolders } from './workspace.ts'

/** The parts of the face that have files of their own. */
type Faces = Conversations & LimitsFace

/** The whole face of the engine: what changes a job goes through here. */
export type Engine = Faces & {
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
   * Cancels for a person; a running job ends soon after. Throws a UserError when there is no such job or it has ended.
   */
  cancel(id: string, by: Person): Promise<JobView>
  /**
   * Says a person's word to a question of a job; the first that fits stands. Throws a UserError: `conflict` when
   * somebody was faster or the job is over, `forbidden` when this person may not, else when it does not fit.
   */
  answer(question: string, said: Said, by: Person): Promise<JobView>
  /** A question that some job has asked, answered or not; null when there is none, or with `by` none for this person. */
  question(id: string, by?: Person): Promise<Question | null>
  /** The person with the role that counts for them. */
  asking(person: Person): Promise<Asking>
  /** Gives somebody (an actor's key) a role, or with null that of everybody again. */
  setRole(actor: string, role: Role | null, by: Person): Promise<void>
  job(id: string): Promise<JobView | null>
  /** Newest first; `next` is where the following page begins, null at the end. */
  jobs(filter: JobFilter): Promise<{ jobs: JobView[]; next: JobCursor | null }>
  /** The ids of the jobs that stand first in the queue, in their order; the first hundred at most. */
  firstQueued(): Promise<string[]>
  /** Stored log lines after `after`, then new ones; ends when the job is final and every line was given. */
  follow(id: string, after: number, signal: AbortSignal): AsyncIterable<JobEvent>
  /** What the job's agent is writing just now, whenever that has changed; empty once it is a line of the log. */
  drafts(id: string, signal: AbortSignal): AsyncIterable<string>
  /** A file that an earlier job made or was given (`inputs/<name>`), to be given to another. Throws a UserError when it is not there for this person. */
  openOutput(id: string, path: string, who: Pick<Person, 'actor' | 'roles' | 'place'>): Promise<Upload>
  instructions(): Instructions
  readonly schedules: Schedules
}

export function createEngine(options: EngineOptions): Engine {
  const { db } = options
  const parts = assemble(options)
  const { wakeup } = parts

  const view = (rows: JobRow[]) => viewJobs(parts, rows)
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
    ...createConversations(parts, existing, view),
    hurry: () => parts.running.killAll(),
    submit: async submission => {
      assertMaySubmit(await parts.asking(submission.origin))
      const id = await submitJob(parts, submission)
      const submitted = await existing(id)
      wakeup.notify('queue')
      return submitted
    },
    cancel: async (id, by) => {
      await cancelJob(parts, id, by)
      return await existing(id)
    },
    answer: async (id, said, by) => await existing(await answerQuestion(parts, id, said, by)),
    question: (id, by) => (by ? questionFor(parts, id, by) : findQuestion(db, id)),
    asking: parts.asking,
    ...createLimits(parts),
    setRole: (actor, role, by) => setRoleOf(parts, actor, role, by),
    job,
    jobs: async filter => {
      const { rows, next } = await listJobs(db, filter)
      return { jobs: await view(rows), next }
    },
    firstQueued: parts.queue.first,
    follow: (id, after, signal) => follow(parts, id, after, signal),
    drafts: parts.drafts.follow,
    openOutput: async (id, path, who) => await openOutput(parts, id, path, await parts.asking(who)),
    instructions: parts.instructions,
    schedules: createSchedules(parts),
  }
}

/** What goes on by itself between start and stop. */
function lifeOf(parts: Parts): Pick<Engine, 'start' | 'stop'> {
  const { db, clock, log, folders, dispatcher, retention } = parts
  const reminders = createReminders(parts)
  const schedules = createScheduleLoop(parts)
  let swept = Promise.resolve()
  let leaveLock = () => {}
  return {
    start: async () => {
      await makeFolders({ ...folders, locks: parts.locksDir, outputs: parts.outputsDir })
      leaveLock = holdLock(join(parts.locksDir, parts.owner)) // before anything can be ours
      await parts.commit(trx => meetAccount(trx, parts.account))
      await dispatcher.start()
      retention.start()
      reminders.start()
      schedules.start()
      swept = sweep({ db, folders, now: clock.now() }).catch(error =>
        log.error({ err: error }, 'what a crash left in the folders could not be removed'),
      )
    },
    stop: async () => {
      await schedules.stop()
      await Promise.all([dispatcher.stop(), retention.stop(), reminders.stop(), swept])
      leaveLock()
    },
  }
}
