import type { Clock } from '../clock.ts'
import {
  type AttemptKey,
  endBefore,
  insertAttempt,
  openJobs,
  ranBefore,
  roundBefore,
  spentInSession,
} from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { findNativeSession } from '../db/conversation.ts'
import { appendEvents, saidInto } from '../db/event.ts'
import { findInstructionVersion } from '../db/instruction-version.ts'
import { findJob, type JobRow, moveJob } from '../db/job.ts'
import { type Question, questionsOf } from '../db/question.ts'
import { type Closed, dequeue } from '../db/queue.ts'
import type { AttemptCause, Spent } from '../job.ts'
import { countBy, fairOrder } from './fair.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { Instruction, Instructions, KeptFile } from './instructions/instruction.ts'
import { parseInstruction } from './instructions/parse.ts'
import { NOTHING_SPENT, plus } from './spent.ts'
import type { Wakeup } from './wakeup.ts'

/**
 * Takes the next jobs in fair order out of the queue, at most `count`, each with a new attempt under this owner's lease. The queue
 * row, the job's move and the attempt are one transaction, so that a job is claimed once or stands in the queue.
 */
export async function claimNext(
  deps: { commit: Commit; clock: Clock; wakeup: Wakeup; owner: string; host: string; startedAt: Date; leaseMs: number },
  count: number,
): Promise<AttemptKey[]> {
  // Relaxed: after a power cut the job is found in the queue and claimed again.
  const claimed = await deps.commit(async trx => {
    const keys: AttemptKey[] = []
    const running = countBy(await openJobs(trx), ({ actor }) => actor)
    const closed: Closed = { actor: [], place: [], instruction: [] }
    for await (const id of fairOrder(trx, { now: deps.clock.now(), running, closed })) {
      const job = await findJob(trx, id)
      if (!(await dequeue(trx, id)) || !job) continue
      const n = job.attempt + 1
      const at = deps.clock.now().toISOString()
      if (!(await moveJob(trx, id, 'queued', 'running', { attempt: n, started_at: job.started_at ?? at }))) continue
      const { owner, host, leaseMs } = deps
      const { cause, workspace, session } = job
      await insertAttempt(trx, { job: id, n, cause, owner, host, leaseMs, workspace, session, at })
      const text = isInterruption(cause)
        ? restartText(deps.startedAt, await endBefore(trx, { job: id, n }))
        : (START_TEXT[cause] ?? 'running')
      await appendEvents(trx, id, n, [{ kind: 'status', status: 'running', text, at }])
      keys.push({ job: id, n })
      if (keys.length === count) break
    }
    return keys
  }, 'relaxed')
  for (const { job } of claimed) deps.wakeup.notify(job)
  return claimed
}

const START_TEXT: Partial<Record<AttemptCause, string>> = {
  answer: 'going on with the answer',
  retry: 'trying again from the start',
  resume: 'going on from where it stopped',
}

const isInterruption = (cause: AttemptCause): boolean => cause === 'shutdown' || cause === 'crash'

/** `endedAt`: when the attempt before was ended, which is later than the start where this process did not begin with it. */
function restartText(startedAt: Date, endedAt: string | null): string {
  const at = [startedAt.toISOString(), endedAt ?? ''].reduce((a, b) => (a > b ? a : b))
  return `The server restarted at ${at.slice(11, 16)} UTC; I am going on from where this stopped.`
}

/** What an attempt works with, as it was frozen at submit. */
export type AttemptInputs = {
  job: JobRow
  instruction: Instruction
  values: KeptValues
  files: KeptFile[]
  workspace: string
  session: string
  /** The agent's own id of a session to go on with; null begins a new one. */
  nativeSession: string | null
  /** What that session had used before. */
  spentBefore: Spent
  /** How long earlier attempts of the same run took: an interruption does not begin the time limit anew. */
  ranMs: number
  /** What earlier attempts have cost since a person began the job, or took it on. */
  costUsd: number
  /** What the job has asked people in this session. */
  questions: readonly Question[]
  /** What people said into its running turns, oldest first. */
  said: readonly string[]
}

/** Reads what an attempt needs; a claimed job without its rows is a bug and throws. */
export async function loadAttempt(db: Db, key: AttemptKey, instructions: Instructions): Promise<AttemptInputs> {
  const job = await findJob(db, key.job)
  if (!job) throw new Error(`job ${key.job} is claimed and does not exist`)
  const instruction = await frozenInstruction(db, job, instructions)
  const values = JSON.parse(job.inputs) as KeptValues
  const files = Object.values(values).flatMap(value => (Array.isArray(value) ? value : []))
  const { from, costUsd } = key.n > 1 ? await roundBefore(db, key) : { from: 1, costUsd: 0 }
  const questions = key.n > 1 ? (await questionsOf(db, key.job)).filter(({ attempt }) => attempt >= from) : []
  const said = key.n > 1 ? await saidInto(db, key.job, from) : []
  const ranMs = key.n > 1 ? await ranBefore(db, key, questions) : 0
  // A follow-up goes on with the session of the job before it.
  const nativeSession = key.n > 1 || job.reply !== null ? await findNativeSession(db, job.session) : null
  const spentBefore = nativeSession
    ? (await spentInSession(db, job.session)).reduce(plus, NOTHING_SPENT)
    : NOTHING_SPENT
  return {
    job,
    instruction,
    values,
    files,
    workspace: job.workspace,
    session: job.session,
    nativeSession,
    spentBefore,
    ranMs,
    costUsd,
    questions,
    said,
  }
}

/** The instruction as it was at submit: the file's, as long as its text is the same, else the text that was kept. */
export async function frozenInstruction(db: Db, job: JobRow, { byName }: Instructions): Promise<Instruction> {
  const now = byName.get(job.instruction)
  if (now?.sha === job.instruction_sha) return now
  const version = await findInstructionVersion(db, job.instruction_sha)
  if (!version) throw new Error(`job ${job.id}: instruction ${job.instruction_sha} is not kept`)
  const parsed = parseInstruction(version.name, version.source)
  if (!parsed.ok) throw new Error(`job ${job.id}: its instruction loads no more: ${parsed.mistakes[0]?.message}`)
  return { ...parsed.instruction, reference: now?.reference ?? null }
}
