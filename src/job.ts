import { randomBytes } from 'node:crypto'

/** Every status that a job can have; the database, the API and the chat use these words and no others. */
export const JOB_STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

/**
 * The table of moves. A final status has no move of its own: only a person's retry or resume takes a failed or
 * cancelled job back to `queued`, and that move is in `REOPENS`, so that no code path can make it by accident.
 */
const MOVES: Record<JobStatus, readonly JobStatus[]> = {
  queued: ['running', 'cancelled', 'failed'],
  running: ['waiting', 'queued', 'succeeded', 'failed', 'cancelled'],
  waiting: ['queued', 'running', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
}
const REOPENS: readonly JobStatus[] = ['failed', 'cancelled']

/** True when a job may go from one status to the other by itself or by a cancel. */
export const canMove = (from: JobStatus, to: JobStatus): boolean => MOVES[from].includes(to)

/** True when a person may take a job of this status back to the queue. */
export const canReopen = (status: JobStatus): boolean => REOPENS.includes(status)

/** True when the job has no process and moves no further by itself. */
export const isFinal = (status: JobStatus): boolean => MOVES[status].length === 0

/** Why a job failed, as a code that programs compare; people read the sentence beside it. */
export const FAILURE_CODES = [
  'agent_error',
  'api_error',
  'auth',
  'usage_limit',
  'budget',
  'timeout',
  'stalled',
  'interrupted',
  'bad_input',
  'no_output',
  'output_limit',
  'internal',
] as const
export type FailureCode = (typeof FAILURE_CODES)[number]

/** What an attempt came to. `interrupted` is no failure: the job goes back to the queue and resumes. */
export type Outcome =
  /** `note`: a sentence about what was left out, if anything was. */
  | { kind: 'succeeded'; result: string; note: string | null }
  /** `result`: the agent's answer, where it gave one all the same. */
  | { kind: 'failed'; failure: FailureCode; message: string; result?: string }
  | { kind: 'cancelled'; by: string }
  | { kind: 'interrupted'; cause: 'shutdown' | 'crash' | 'answer' | 'limit'; why: string }

/** Why an attempt was started; recovery and the thread tell a crash from a retry by it. */
export type AttemptCause = 'submit' | 'retry' | 'resume' | 'answer' | 'crash' | 'shutdown' | 'limit'

/** Kinds of log lines, as the contract names them. */
export const EVENT_KINDS = [
  'status',
  'text',
  'thinking',
  'tool_use',
  'tool_result',
  'question',
  'answer',
  'retry',
  'stderr',
  'result',
  'error',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** What a job may wait for: an answer to the agent's question, leave for a tool call, or leave to carry out a plan. */
export const QUESTION_KINDS = ['question', 'approval', 'plan'] as const
export type QuestionKind = (typeof QUESTION_KINDS)[number]

/** One item of the agent's own checklist. */
export type Step = { text: string; state: 'open' | 'doing' | 'done' }

/**
 * What a log line says, before it has a number. `text` is always there and readable alone.
 * `tool_use`: `text` is the step in words ("reading notes.md"), `id` pairs it with its `tool_result`.
 * `status`: `status` is the job's new status; with `id` it reminds of that question, or without a new status and with
 * `NOTICE` is to be told on its own.
 * `question`, `answer`: `id` is the question's.
 */
export type EventBody = {
  kind: EventKind
  text: string
  status?: JobStatus
  id?: string
  tool?: string
  input?: unknown
  isError?: boolean
  steps?: Step[]
  /** The `id` of the tool call whose sub-agent says it; missing for the agent itself. */
  parent?: string
}

/** The `id` of a status line that people are to be told, though the job goes on as before. */
export const NOTICE = 'notice'

/** One numbered line of a job's log. `seq` counts per job from 1 without gaps; `at` is ISO 8601 UTC. */
export type JobEvent = EventBody & { seq: number; attempt: number; at: string }

/** Tokens of one attempt, as the agent reports them. */
export type Usage = { inputTokens: number; outputTokens: number; cacheReadTokens: number; cacheWriteTokens: number }

/** What something used: dollars and tokens; null where nothing is known of tokens. */
export type Spent = { costUsd: number; usage: Usage | null }

/**
 * Who asked and where, as keys that limits and filters compare (`user:slack:U024`, `channel:discord:98`).
 * `ref` is the platform's own address of the thread and opaque to everyone else.
 */
export type Origin = {
  platform: string
  actor: string
  actorName: string
  /** Further keys of the actor (`role:discord:77`). */
  roles?: readonly string[]
  place: string
  ref: string | null
}

/** What people may do, from little to all; `engine/access.ts` says what. Everybody is a user unless said otherwise. */
export const ROLES = ['viewer', 'user', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who does something, and where: what an origin has of a person. */
export type Person = Pick<Origin, 'platform' | 'actor' | 'actorName' | 'roles' | 'place'>

/** Held by who has the admin token: they may run every instruction, wherever it is allowed. */
export const ADMIN_ROLE = 'role:errand:admin'

// Crockford's base 32 without i, l, o, u: nothing that reads as another letter, no accidental words.
const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** A short id that a person can type: 8 of 32 characters, 40 random bits; the caller handles the rare collision. */
export const newJobId = (): string =>
  Array.from(randomBytes(8), byte => ID_ALPHABET.charAt(byte % ID_ALPHABET.length)).join('')

/** True when the text has the form of a job id. */
export const isJobId = (text: string): boolean => /^[0-9a-hjkmnp-tv-z]{8}$/.test(text)
