import type { Clock } from '../clock.ts'
import { type Artifact, insertArtifacts } from '../db/artifact.ts'
import { type AttemptKey, endAttempt } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import { type Db, isTransient } from '../db/connect.ts'
import type { NewEvent } from '../db/event.ts'
import { findJob, type MoveChange, moveJob, setUsed } from '../db/job.ts'
import { type Question, questionsOf, withdrawQuestions } from '../db/question.ts'
import { enqueue } from '../db/queue.ts'
import type { JobStatus, Outcome, Spent, Usage } from '../job.ts'
import type { Log } from '../log.ts'
import { type Redact, redactAll } from '../redact.ts'
import { type Journal, storeReport, type Unstored } from './journal.ts'
import { somethingBroke } from './outcome.ts'
import { bookSpent } from './spending.ts'
import { plus } from './spent.ts'
import type { Wakeup } from './wakeup.ts'

/** What an attempt came to. */
export type AttemptResult = {
  outcome: Outcome
  spent: Spent
  artifacts: Artifact[]
  /** When its process ended, as ISO 8601 UTC; unless it is given, now. */
  endedAt?: string
}

type FinishDeps = {
  commit: Commit
  clock: Clock
  journal: Journal
  wakeup: Wakeup
  log: Log
  redact: Redact
  owner: string
  defaultTimezone: string
}

/** Pauses between two tries to store an end, in milliseconds; the last one is repeated. */
const RETRY_MS = [250, 1000, 5000, 30_000]

/**
 * Stores the end of an attempt in one transaction: its last lines, its outputs, its Outcome and the job's move. When
 * the attempt is this owner's no longer, nothing is written, and it gives false. A database that does not take it (a
 * full disk, a lock) is asked again until it does: an end that is known must not be lost. What the agent said in it is
 * stored redacted.
 */
export async function finishAttempt(deps: FinishDeps, key: AttemptKey, ended: AttemptResult): Promise<boolean> {
  const result = { ...ended, outcome: redactAll(ended.outcome, deps.redact) }
  const unstored = await deps.journal.close(key)
  for (let tries = 0; ; tries += 1) {
    const isOurs = await storeEnd(deps, key, result, unstored)
    if (isOurs !== null) {
      if (tries > 0) deps.log.info({ job: key.job }, 'the end of an attempt is stored now')
      deps.wakeup.notify(key.job)
      deps.wakeup.notify('queue')
      return isOurs
    }
    await deps.clock.sleep(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 0)
  }
}

/** Null when the database did not take it now; an end that it never takes is stored as a failure without its rows. */
async function storeEnd(
  deps: FinishDeps,
  key: AttemptKey,
  result: AttemptResult,
  unstored: Unstored,
): Promise<boolean | null> {
  try {
    return await deps.commit(trx => writeEnd(trx, deps, key, result, unstored))
  } catch (error) {
    deps.log.error({ err: error, job: key.job }, 'the end of an attempt could not be stored')
    if (isTransient(error)) return null
    const broken = { ...result, outcome: somethingBroke(key.job, error), artifacts: [] }
    return await deps.commit(trx => writeEnd(trx, deps, key, broken, { spawned: null, events: [] }))
  }
}

/** False when the attempt has ended or is somebody else's. */
async function writeEnd(
  trx: Db,
  { owner, clock, defaultTimezone }: FinishDeps,
  key: AttemptKey,
  { outcome, spent, artifacts, endedAt }: AttemptResult,
  unstored: Unstored,
): Promise<boolean> {
  const at = clock.now().toISOString()
  await bookSpent(trx, key, owner, spent, { at: clock.now(), zone: defaultTimezone })
  if (!(await endAttempt(trx, key, owner, outcome, spent, endedAt ?? at))) return false
  const job = await findJob(trx, key.job)
  if (!job) throw new Error(`job ${key.job} has an attempt and does not exist`)
  const total = plus({ costUsd: job.cost_usd, usage: readUsage(job.usage) }, spent)
  const used = { cost_usd: total.costUsd, usage: total.usage && JSON.stringify(total.usage) }
  const questions = await questionsOf(trx, key.job)
  if (outcome.kind === 'interrupted' && job.cancelled_by === null && questions.some(isOpen)) {
    await storeReport(trx, key, unstored) // it waits on without a process, and the answer takes it on
    await setUsed(trx, key.job, used)
    return true
  }
  const { to, change, last } = endOf(outcome)
  const events = [...unstored.events, ...last.map(event => ({ ...event, at }))]
  await storeReport(trx, key, { ...unstored, events })
  await insertArtifacts(trx, key.job, key.n, artifacts)
  if (job.status === 'waiting') {
    await withdrawQuestions(trx, key.job, at) // its process is gone, and with it who asked
    await moveJob(trx, key.job, 'waiting', 'running')
  }
  await moveJob(trx, key.job, 'running', to, { ...change, ...used, finished_at: to === 'queued' ? null : at })
  if (to === 'queued') await enqueue(trx, job, new Date(job.created_at))
  return true
}

const isOpen = ({ state }: Question): boolean => state === 'open'

/** The tokens of a job's row. */
export const readUsage = (json: string | null): Usage | null => (json === null ? null : (JSON.parse(json) as Usage))

type End = { to: JobStatus; change: MoveChange; last: Omit<NewEvent, 'at'>[] }

/** What an Outcome makes of the job: its status, its columns and its last lines. */
function endOf(outcome: Outcome): End {
  switch (outcome.kind) {
    case 'succeeded': {
      const { result, note } = outcome
      const last = [{ kind: 'result' as const, text: result }, statusLine('succeeded', 'done')]
      return { to: 'succeeded', change: { result, message: note }, last }
    }
    case 'failed': {
      const { failure, message, result = null } = outcome
      const last = [{ kind: 'error' as const, text: message }, statusLine('failed', 'failed')]
      return { to: 'failed', change: { failure, message, result }, last }
    }
    case 'cancelled': {
      const message = `cancelled by ${outcome.by}`
      return { to: 'cancelled', change: { message }, last: [statusLine('cancelled', message)] }
    }
    case 'interrupted': {
      const { cause, why } = outcome
      return { to: 'queued', change: { cause }, last: [statusLine('queued', `${why}; this goes on by itself`)] }
    }
  }
}

const statusLine = (status: JobStatus, text: string): Omit<NewEvent, 'at'> => ({ kind: 'status', status, text })
