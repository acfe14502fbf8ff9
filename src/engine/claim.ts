import type { Clock } from '../clock.ts'
import { type Artifact, insertArtifacts } from '../db/artifact.ts'
import { type AttemptKey, endAttempt, insertAttempt, spentInSession } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { appendEvents, type NewEvent } from '../db/event.ts'
import { findInstructionVersion } from '../db/instruction-version.ts'
import { findJob, type JobRow, moveJob } from '../db/job.ts'
import { dequeue, enqueue, nextInQueue } from '../db/queue.ts'
import { findNativeSession } from '../db/conversation.ts'
import type { AttemptCause, JobStatus, Outcome, Spent, Usage } from '../job.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { Instruction, Instructions, KeptFile } from './instructions/instruction.ts'
import { parseInstruction } from './instructions/parse.ts'
import { type Journal, storeReport } from './journal.ts'
import { NOTHING_SPENT, plus } from './spent.ts'
import type { Wakeup } from './wakeup.ts'

/**
 * Takes the next jobs out of the queue, at most `count`, each with a new attempt under this owner's lease. The queue
 * row, the job's move and the attempt are one transaction, so that a job is claimed once or stands in the queue.
 */
export async function claimNext(
  deps: { commit: Commit; clock: Clock; wakeup: Wakeup; owner: string; host: string; leaseMs: number },
  count: number,
): Promise<AttemptKey[]> {
  // Relaxed: after a power cut the job is found in the queue and claimed again.
  const claimed = await deps.commit(async trx => {
    const keys: AttemptKey[] = []
    for (const id of await nextInQueue(trx, count)) {
      const job = await findJob(trx, id)
      if (!(await dequeue(trx, id)) || !job) continue
      const n = job.attempt + 1
      const at = deps.clock.now().toISOString()
      if (!(await moveJob(trx, id, 'queued', 'running', { attempt: n, started_at: job.started_at ?? at }))) continue
      const { owner, host, leaseMs } = deps
      const { cause, workspace, session } = job
      await insertAttempt(trx, { job: id, n, cause, owner, host, leaseMs, workspace, session, at })
      await appendEvents(trx, id, n, [{ kind: 'status', status: 'running', text: startText(cause), at }])
      keys.push({ job: id, n })
    }
    return keys
  }, 'relaxed')
  for (const { job } of claimed) deps.wakeup.notify(job)
  return claimed
}

const startText = (cause: AttemptCause): string =>
  cause === 'shutdown' || cause === 'crash' ? 'the server restarted; going on from where this stopped' : 'running'

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
}

/** Reads what an attempt needs; a claimed job without its rows is a bug and throws. */
export async function loadAttempt(db: Db, key: AttemptKey, instructions: Instructions): Promise<AttemptInputs> {
  const job = await findJob(db, key.job)
  if (!job) throw new Error(`job ${key.job} is claimed and does not exist`)
  const instruction = await frozenInstruction(db, job, instructions)
  const values = JSON.parse(job.inputs) as KeptValues
  const files = Object.values(values).flatMap(value => (Array.isArray(value) ? value : []))
  const nativeSession = key.n > 1 ? await findNativeSession(db, job.session) : null
  const spentBefore = nativeSession ? (await spentInSession(db, job.session)).reduce(plus, NOTHING_SPENT) : NOTHING_SPENT
  return { job, instruction, values, files, workspace: job.workspace, session: job.session, nativeSession, spentBefore }
}

/** The instruction as it was at submit: the file's, as long as its text is the same, else the text that was kept. */
async function frozenInstruction(db: Db, job: JobRow, { byName }: Instructions): Promise<Instruction> {
  const now = byName.get(job.instruction)
  if (now?.sha === job.instruction_sha) return now
  const version = await findInstructionVersion(db, job.instruction_sha)
  if (!version) throw new Error(`job ${job.id}: instruction ${job.instruction_sha} is not kept`)
  const parsed = parseInstruction(version.name, version.source)
  if (!parsed.ok) throw new Error(`job ${job.id}: its instruction loads no more: ${parsed.mistakes[0]?.message}`)
  return parsed.instruction
}

/** What an attempt came to. */
export type AttemptResult = { outcome: Outcome; spent: Spent; artifacts: Artifact[] }

/**
 * Commits the end of an attempt in one transaction: its last lines, its outputs, its Outcome and the job's move. When
 * the attempt is this owner's no longer, nothing is written.
 */
export async function finishAttempt(
  deps: { commit: Commit; clock: Clock; journal: Journal; wakeup: Wakeup; owner: string },
  { job }: AttemptInputs,
  key: AttemptKey,
  { outcome, spent, artifacts }: AttemptResult,
): Promise<void> {
  const unstored = await deps.journal.close(key)
  const at = deps.clock.now().toISOString()
  await deps.commit(async trx => {
    if (!(await endAttempt(trx, key, deps.owner, outcome, spent, at))) return
    const { to, change, last } = endOf(outcome)
    const events = [...unstored.events, ...last.map(event => ({ ...event, at }))]
    await storeReport(trx, key, { ...unstored, events })
    await insertArtifacts(trx, key.job, key.n, artifacts)
    const { costUsd, usage } = plus({ costUsd: job.cost_usd, usage: readUsage(job.usage) }, spent)
    const used = { cost_usd: costUsd, usage: usage && JSON.stringify(usage) }
    await moveJob(trx, key.job, 'running', to, { ...change, ...used, finished_at: to === 'queued' ? null : at })
    if (to === 'queued')
      await enqueue(trx, { job: key.job, lane: job.actor, actor: job.actor, orderKey: Date.parse(job.created_at) })
  })
  deps.wakeup.notify(key.job)
  deps.wakeup.notify('queue')
}

/** The tokens of a job's row. */
export const readUsage = (json: string | null): Usage | null => (json === null ? null : (JSON.parse(json) as Usage))

type End = { to: JobStatus; change: Parameters<typeof moveJob>[4] & object; last: Omit<NewEvent, 'at'>[] }

/** What an Outcome makes of the job: its status, its columns and its last lines. */
function endOf(outcome: Outcome): End {
  switch (outcome.kind) {
    case 'succeeded':
      return {
        to: 'succeeded',
        change: { result: outcome.result },
        last: [
          { kind: 'result', text: outcome.result },
          { kind: 'status', status: 'succeeded', text: 'done' },
        ],
      }
    case 'failed':
      return {
        to: 'failed',
        change: { failure: outcome.failure, message: outcome.message },
        last: [
          { kind: 'error', text: outcome.message },
          { kind: 'status', status: 'failed', text: 'failed' },
        ],
      }
    case 'cancelled':
      return {
        to: 'cancelled',
        change: { message: `cancelled by ${outcome.by}` },
        last: [{ kind: 'status', status: 'cancelled', text: `cancelled by ${outcome.by}` }],
      }
    case 'interrupted':
      return {
        to: 'queued',
        change: { cause: 'shutdown' },
        last: [{ kind: 'status', status: 'queued', text: `${outcome.why}; it goes on by itself` }],
      }
  }
}
