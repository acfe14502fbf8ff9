import type { Clock } from '../clock.ts'
import { type AttemptKey, endBefore, insertAttempt, ranBefore, roundBefore, spentInSession } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { findNativeSession } from '../db/conversation.ts'
import { appendEvents, bytesSince, saidInto } from '../db/event.ts'
import { findInstructionVersion } from '../db/instruction-version.ts'
import { findJob, type JobRow, moveJob } from '../db/job.ts'
import { addSpent } from '../db/ledger.ts'
import { openJobs } from '../db/open-jobs.ts'
import { listPauses } from '../db/pause.ts'
import { type Question, questionsOf } from '../db/question.ts'
import { dequeue } from '../db/queue.ts'
import { UserError } from '../errors.ts'
import type { AttemptCause, Spent } from '../job.ts'
import { countBy, fairOrder } from './fair.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { Instruction, Instructions } from './instructions/instruction.ts'
import { parseInstruction } from './instructions/parse.ts'
import type { KeptFile } from './instructions/upload.ts'
import { toReserve, type WarnDeps, warnOf } from './limits/fund.ts'
import { type Gate, openGate, readMeters } from './limits/gate.ts'
import { type JobLimits, limitsOfJob } from './limits/job-limits.ts'
import { LIMITS, type Limits, scopesOf } from './limits/names.ts'
import { claimable } from './limits/pauses.ts'
import { NOTHING_SPENT, plus } from './spent.ts'
import { timeWords } from './time-words.ts'
import type { Wakeup } from './wakeup.ts'

export type ClaimDeps = {
  commit: Commit
  clock: Clock
  wakeup: Wakeup
  owner: string
  host: string
  startedAt: Date
  leaseMs: number
  instructions: () => Instructions
  limits(db: Db): Promise<Limits>
} & Pick<WarnDeps, 'log' | 'tellAdmins'>

/**
 * Takes the next jobs in fair order out of the queue, at most `count`, each with a new attempt under this owner's lease. The queue
 * row, the job's move and the attempt are one transaction, so that a job is claimed once or stands in the queue.
 */
export async function claimNext(deps: ClaimDeps, count: number): Promise<AttemptKey[]> {
  // Relaxed: after a power cut the job is found in the queue and claimed again.
  const claimed = await deps.commit(async trx => {
    const keys: AttemptKey[] = []
    const now = deps.clock.now()
    const limits = await deps.limits(trx)
    const open = await openJobs(trx)
    const most = claimable(await listPauses(trx), count, open.length, now)
    const gate = openGate(await readMeters(trx, limits, open, now))
    if (most <= 0 || gate.isShut()) return keys
    for await (const { headJob: id } of fairOrder(trx, {
      now,
      running: countBy(open, ({ actor }) => actor),
      closed: gate.closed,
    })) {
      const job = await findJob(trx, id)
      if (!(await dequeue(trx, id)) || !job) continue
      const reserved = await reserve(trx, deps, limits, gate, job)
      const key = await beginAttempt(trx, deps, job, { now, zone: limits.zone, reserved })
      if (!key) continue
      gate.took(job, { isNew: job.attempt === 0, reserved })
      const filling = gate.of(job).filter(({ name }) => LIMITS[name].counts)
      await warnOf(trx, filling, limits.zone, key, { ...deps, now })
      keys.push(key)
      if (keys.length === most || gate.isShut()) break
    }
    return keys
  }, 'relaxed')
  for (const { job } of claimed) deps.wakeup.notify(job)
  return claimed
}

/** Dollars to set aside for a job that is to start; null where no budget holds for it. */
async function reserve(trx: Db, deps: ClaimDeps, limits: Limits, gate: Gate, job: JobRow): Promise<number | null> {
  const room = gate.room(job)
  if (room === null) return null
  // One that loads no more fails when it begins, and says why; here it has no cap.
  const instruction = await frozenInstruction(trx, job, deps.instructions()).catch(() => null)
  const { costUsd } = await roundBefore(trx, { job: job.id, n: job.attempt + 1 })
  return toReserve(room, limitsOfJob(limits, job, instruction, costUsd).capUsd)
}

/** Makes the job's next attempt; null when the job is not queued any more. */
async function beginAttempt(
  trx: Db,
  { owner, host, leaseMs, startedAt }: ClaimDeps,
  job: JobRow,
  { now, zone, reserved }: { now: Date; zone: string; reserved: number | null },
): Promise<AttemptKey | null> {
  const { id, cause, workspace, session } = job
  const n = job.attempt + 1
  const at = now.toISOString()
  if (!(await moveJob(trx, id, 'queued', 'running', { attempt: n, started_at: job.started_at ?? at }))) return null
  await insertAttempt(trx, { job: id, n, cause, owner, host, leaseMs, workspace, session, reserved, at })
  if (job.attempt === 0) await addSpent(trx, scopesOf(job), { at: now, zone }, { jobs: 1 })
  const text = isInterruption(cause)
    ? restartText(startedAt, await endBefore(trx, { job: id, n }), now, zone)
    : (START_TEXT[cause] ?? 'running')
  await appendEvents(trx, id, n, [{ kind: 'status', status: 'running', text, at }])
  return { job: id, n }
}

const START_TEXT: Partial<Record<AttemptCause, string>> = {
  answer: 'going on with the answer',
  retry: 'trying again from the start',
  resume: 'going on from where it stopped',
  limit: 'going on from where the limit stopped it',
}

const isInterruption = (cause: AttemptCause): boolean => cause === 'shutdown' || cause === 'crash'

/** `endedAt`: when the attempt before was ended, which is later than the start where this process did not begin with it. */
function restartText(startedAt: Date, endedAt: string | null, now: Date, zone: string): string {
  const at = [startedAt.toISOString(), endedAt ?? ''].reduce((a, b) => (a > b ? a : b))
  return `The server restarted at ${timeWords(new Date(at), now, zone)}; I am going on from where this stopped.`
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
  /** What the log of the same run has come to, in bytes. */
  loggedBytes: number
  /** What it may take; its cost together with that of earlier attempts since a person began it, or took it on. */
  limits: JobLimits
  /** What the job has asked people in this session. */
  questions: readonly Question[]
  /** What people said into its running turns, oldest first, whether or not it was heard. */
  said: readonly string[]
}

/** Reads what an attempt needs; a claimed job without its rows is a bug and throws. */
export async function loadAttempt(
  { db, instructions, limits }: { db: Db; instructions: () => Instructions; limits(db: Db): Promise<Limits> },
  key: AttemptKey,
): Promise<AttemptInputs> {
  const job = await findJob(db, key.job)
  if (!job) throw new Error(`job ${key.job} is claimed and does not exist`)
  const instruction = await frozenInstruction(db, job, instructions())
  const values = JSON.parse(job.inputs) as KeptValues
  const files = Object.values(values).flatMap(value => (Array.isArray(value) ? value : []))
  const { from, start, costUsd } = key.n > 1 ? await roundBefore(db, key) : { from: 1, start: 1, costUsd: 0 }
  const questions = key.n > 1 ? (await questionsOf(db, key.job)).filter(({ attempt }) => attempt >= from) : []
  const said = key.n > 1 ? await saidInto(db, key.job, from) : []
  const ranMs = key.n > 1 ? await ranBefore(db, key, questions) : 0
  const loggedBytes = key.n > 1 ? await bytesSince(db, key.job, start) : 0
  // A follow-up goes on with the session of the job before it.
  const nativeSession = key.n > 1 || job.reply !== null ? await findNativeSession(db, job.session) : null
  const spentBefore = nativeSession
    ? (await spentInSession(db, job.session)).reduce(plus, NOTHING_SPENT)
    : NOTHING_SPENT
  return {
    job,
    instruction,
    limits: limitsOfJob(await limits(db), job, instruction, costUsd),
    values,
    files,
    workspace: job.workspace,
    session: job.session,
    nativeSession,
    spentBefore,
    ranMs,
    loggedBytes,
    questions,
    said,
  }
}

/**
 * The instruction as it was at submit: the file's, as long as its text is the same, else the text that was kept. Throws
 * a UserError where that loads no more.
 */
export async function frozenInstruction(db: Db, job: JobRow, { byName }: Instructions): Promise<Instruction> {
  const now = byName.get(job.instruction)
  if (now?.sha === job.instruction_sha) return now
  const version = await findInstructionVersion(db, job.instruction_sha)
  if (!version) throw new Error(`job ${job.id}: instruction ${job.instruction_sha} is not kept`)
  const parsed = parseInstruction(version.name, version.source)
  if (!parsed.ok) throw new UserError(loadsNoMore(job, now !== undefined), { kind: 'conflict' })
  return { ...parsed.instruction, reference: now?.reference ?? null }
}

function loadsNoMore({ id, instruction, status }: JobRow, isThere: boolean): string {
  const steps = [
    ...(isThere ? [] : [`put \`${instruction}.md\` back`]),
    ...(status === 'waiting' ? ['cancel it'] : []),
    `retry it with today's version (\`errand retry ${id} --current\`)`,
  ]
  return `I cannot read the version of \`${instruction}\` any more with which job \`${id}\` was asked for. To go on, ${steps.join(', then ')}.`
}
