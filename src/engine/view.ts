import type { Clock } from '../clock.ts'
import { type Artifact, artifactsOf, artifactsOfJobs } from '../db/artifact.ts'
import type { Db } from '../db/connect.ts'
import { feedbackOn } from '../db/feedback.ts'
import type { JobRow } from '../db/job.ts'
import { openQuestions, type Question } from '../db/question.ts'
import { BEHIND, jobsBefore } from '../db/turn.ts'
import type { FailureCode, JobStatus, Usage } from '../job.ts'
import { type Redact, redactAll } from '../redact.ts'
import { readUsage } from './finish.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { QueueLook } from './queue-look.ts'
import { answersOf, type Part, partsOf } from './said.ts'
import { type Sooner, waysSooner } from './sooner.ts'
import { timeWords } from './time-words.ts'
import { waitingWords } from './waiting-words.ts'

/** An output as people get it: `path` is its name in the job, `file` where the copy lies on this server. */
export type OutputView = { path: string; bytes: number; type: string; sha256: string; file: string }

/** A job as every surface shows it; times are ISO 8601 UTC. */
export type JobView = {
  id: string
  conversation: string
  instruction: string
  /** The version of it that its next or last attempt has. */
  instructionSha: string
  /** What it is about: the first text input. */
  title: string
  /** As they were checked; a file by its name, size and checksum. */
  inputs: KeptValues
  status: JobStatus
  failure: FailureCode | null
  /** One sentence: why it failed, who cancelled it, or what was left out of a success. */
  message: string | null
  /** Its place in the queue from 1; null unless it is there, or where it is not among the first hundred. */
  position: number | null
  /** Why a queued job waits, in words, and for how long about; null unless it is queued. */
  reason: string | null
  /** In how many seconds it may start; null where nothing is known. */
  estimateSeconds: number | null
  priority: number
  actor: string
  actorName: string
  platform: string
  place: string
  /** The thread in which it was asked for, as the platform's own address; null where it was asked in the place itself. */
  ref: string | null
  /** What a follow-up says; null for a job that runs its instruction. */
  reply: string | null
  /** The job before it in its conversation. */
  parent: string | null
  /** The job that has heard this reply in its running turn: nothing of its own is left to go on with. */
  saidInto: string | null
  /** How a reply that waits behind another job may be heard sooner; empty for all other jobs. */
  sooner: readonly Sooner[]
  /** One more each time that a person took it back to the queue. */
  round: number
  attempt: number
  costUsd: number
  usage: Usage | null
  createdAt: string
  startedAt: string | null
  finishedAt: string | null
  /** The agent's answer, as Markdown. */
  result: string | null
  outputs: OutputView[]
  /** What people think of its result, newest first. */
  feedback: { good: boolean; words: string | null; at: string }[]
  /** What it waits for, oldest first. */
  questions: QuestionView[]
}

/**
 * An open question as people get it; `parts` are what the agent asks, and empty unless it is a question, `answers` what
 * was said of them so far.
 */
export type QuestionView = Pick<Question, 'id' | 'kind' | 'tool' | 'input' | 'text' | 'askedAt' | 'expiresAt'> & {
  parts: readonly Part[]
  answers: Readonly<Record<string, string>>
}

/** What a view needs besides the rows: the queue, and the pool whose slots its jobs wait for. */
export type ViewDeps = {
  db: Db
  clock: Clock
  redact: Redact
  queue: QueueLook
  pool: { size(): number; free(): number }
  starts: { lacksMemory(): boolean }
  defaultTimezone: string
}

/** Completes stored jobs to what people see. */
export async function viewJobs(deps: ViewDeps, rows: readonly JobRow[]): Promise<JobView[]> {
  const { db, redact } = deps
  const ended = rows.filter(({ finished_at }) => finished_at !== null)
  const artifacts = await artifactsOfJobs(db, ended)
  const feedback = await feedbackOn(
    db,
    ended.map(({ id }) => id),
  )
  const waiting = rows.filter(({ status }) => status === 'waiting').map(({ id }) => id)
  const questions = await openQuestions(db, waiting)
  return await Promise.all(
    rows.map(async job => {
      const open = questions.filter(question => question.job === job.id)
      return {
        ...viewOf(job, artifacts.get(job.id) ?? [], await waitOf(deps, job)),
        sooner: await waysSooner(db, job),
        feedback: feedback
          .filter(one => one.job === job.id)
          .map(({ good, words, at }) => ({ good: good === 1, words, at })),
        questions: redactAll(open.map(viewQuestion), redact),
      }
    }),
  )
}

type Wait = Pick<JobView, 'position' | 'reason' | 'estimateSeconds'>

/** How long a queued job waits, and for what. */
async function waitOf({ db, clock, queue, pool, starts, defaultTimezone: zone }: ViewDeps, job: JobRow): Promise<Wait> {
  if (job.status !== 'queued') return { position: null, reason: null, estimateSeconds: null }
  const now = clock.now()
  if (job.hold_reason !== null) {
    const before = job.hold_reason === BEHIND ? await jobsBefore(db, job) : 0
    const ms = job.hold_until === null ? null : Math.max(0, Date.parse(job.hold_until) - now.getTime())
    return { position: null, reason: holdReason(job, before, now, zone), estimateSeconds: ms && Math.round(ms / 1000) }
  }
  const standing = await queue.of(job)
  const free = Math.max(0, pool.free() - standing.elsewhere)
  const reason = waitingWords(
    { ...standing, job, slots: pool.size(), free, lacksMemory: starts.lacksMemory(), zone },
    now,
  )
  return { position: standing.position, reason, estimateSeconds: standing.estimate?.likely ?? null }
}

function viewOf(job: JobRow, artifacts: Artifact[], wait: Wait) {
  return {
    id: job.id,
    conversation: job.conversation,
    instruction: job.instruction,
    instructionSha: job.instruction_sha,
    title: job.title,
    inputs: JSON.parse(job.inputs) as KeptValues,
    status: job.status,
    failure: job.failure,
    message: job.message,
    ...wait,
    priority: job.priority,
    actor: job.actor,
    actorName: job.actor_name,
    platform: job.origin,
    place: job.place,
    ref: job.ref,
    reply: job.reply,
    parent: job.parent,
    saidInto: job.said_into,
    round: job.round,
    attempt: job.attempt,
    costUsd: job.cost_usd,
    usage: readUsage(job.usage),
    createdAt: job.created_at,
    startedAt: job.started_at,
    finishedAt: job.finished_at,
    result: job.result,
    outputs: artifacts.map(outputOf),
  }
}

const outputOf = ({ store, ...artifact }: Artifact): OutputView => ({ ...artifact, file: store })

/** The outputs of one attempt of a job, which its later ones leave as they are. */
export const outputsOf = async (db: Db, job: string, attempt: number): Promise<OutputView[]> =>
  (await artifactsOf(db, job, attempt)).map(outputOf)

/** A question as people get it, but not redacted. */
export function viewQuestion(question: Question): QuestionView {
  const { id, kind, tool, input, text, askedAt, expiresAt } = question
  return {
    id,
    kind,
    tool,
    input,
    text,
    askedAt,
    expiresAt,
    parts: partsOf(question),
    answers: answersOf(question.said),
  }
}

/** Why a job that is not in the queue waits; null when it does not. */
function holdReason(
  { hold_reason, hold_until, held_by }: JobRow,
  before: number,
  now: Date,
  zone: string,
): string | null {
  if (hold_reason === BEHIND && before === 0) return `${held_by ?? 'somebody'} has the session open in a terminal`
  if (hold_reason === BEHIND) return `behind ${before === 1 ? 'the job' : `${before} jobs`} before it in this thread`
  return hold_until === null ? null : `not before ${timeWords(new Date(hold_until), now, zone)}`
}
