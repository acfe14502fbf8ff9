import type { Clock } from '../clock.ts'
import { type AttemptKey, holdsLease, roundBefore } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { appendEvents } from '../db/event.ts'
import { moveJob } from '../db/job.ts'
import {
  findQuestion,
  insertQuestion,
  markDelivered,
  openQuestions,
  type Question,
  questionsOf,
  withdrawQuestion,
} from '../db/question.ts'
import { newJobId, type QuestionKind } from '../job.ts'
import { type Redact, redactAll } from '../redact.ts'
import type { AgentAnswer, AgentQuestion } from './agent.ts'
import type { Journal } from './journal.ts'
import type { StopCause } from './outcome.ts'
import { answerOf, askedWords, isSameCall } from './said.ts'
import type { Wakeup } from './wakeup.ts'

const HOUR_MS = 3_600_000
/** How long people have: then what asks for leave is denied. */
const TIME_MS: Record<QuestionKind, number> = { question: 168 * HOUR_MS, plan: 168 * HOUR_MS, approval: 24 * HOUR_MS }
/** The longest time between two looks at the row. */
const POLL_MS = 1000

export type AskDeps = {
  db: Db
  commit: Commit
  clock: Clock
  journal: Journal
  wakeup: Wakeup
  owner: string
  redact: Redact
  /** After how long without an answer the process is ended and its slot freed. */
  parkMinutes: () => number
}

/**
 * Asks people and waits for the answer without a limit; null when `over` comes first. The question, its line of the
 * log and the job's move are one transaction. What was answered or approved while no process was there to hear it
 * counts for the identical call, once; a tool that was approved for the job is not asked about again. A retry begins
 * afresh: nothing that was said before it counts. Null also when the agent has `withdrawn` its call; then the job goes
 * on.
 */
export async function askPeople(
  deps: AskDeps,
  key: AttemptKey,
  asked: AgentQuestion,
  stop: AbortController,
  { over, withdrawn }: { over: AbortSignal; withdrawn: AbortSignal },
): Promise<AgentAnswer | null> {
  await deps.journal.flush(key) // the call itself comes before the question about it
  const hints = deps.wakeup.listen(key.job)
  const ended = AbortSignal.any([over, stop.signal, withdrawn])
  try {
    const known = await deps.commit(trx => pose(trx, deps, key, asked))
    if (known === null || 'allow' in known) return known
    deps.wakeup.notify(key.job)
    const answer = await parkedAfter(deps, stop, ended, async () => {
      for (;;) {
        const question = await findQuestion(deps.db, known.id)
        if (ended.aborted || question?.state === 'withdrawn') return null
        if (question?.state === 'answered' && (await deliver(deps, known.id))) return answerOf(question)
        await hints.next(POLL_MS, ended)
      }
    })
    if (answer === null && withdrawn.aborted) {
      await deps.commit(trx => takeBack(trx, deps, key, known.id))
      deps.wakeup.notify(key.job)
    }
    return answer
  } finally {
    hints.close()
  }
}

/** Runs the wait, and ends the attempt when it takes too long. */
async function parkedAfter<T>(
  { clock, parkMinutes }: AskDeps,
  stop: AbortController,
  ended: AbortSignal,
  wait: () => Promise<T>,
): Promise<T> {
  const answered = new AbortController()
  clock.sleep(parkMinutes() * 60_000, AbortSignal.any([ended, answered.signal])).then(
    () => stop.abort({ kind: 'parked' } satisfies StopCause),
    () => {}, // answered, or ended otherwise
  )
  try {
    return await wait()
  } finally {
    answered.abort()
  }
}

/** Makes the question, or gives the answer that is there already; null when the attempt is somebody else's. */
async function pose(
  trx: Db,
  { clock, owner, redact }: AskDeps,
  key: AttemptKey,
  { toolUseId, kind, tool, input, text }: AgentQuestion,
): Promise<AgentAnswer | { id: string } | null> {
  if (!(await holdsLease(trx, key, owner))) return null
  const now = clock.now()
  const at = now.toISOString()
  const { from } = await roundBefore(trx, key)
  const earlier = (await questionsOf(trx, key.job)).filter(({ attempt }) => attempt >= from)
  const same = earlier.find(question => isUnheard(question) && isAbout(question, { tool, input }))
  if (same) {
    await markDelivered(trx, same.id, at)
    return answerOf(same)
  }
  if (earlier.some(question => question.tool === tool && isForJob(question))) return { allow: true, input }
  const id = newJobId()
  const after = (share: number) => new Date(now.getTime() + TIME_MS[kind] * share).toISOString()
  const times = { at, remindAt: after(0.5), expiresAt: after(1) }
  await insertQuestion(trx, { id, job: key.job, attempt: key.n, kind, tool, input, text, toolUseId, ...times })
  const waits = await moveJob(trx, key.job, 'running', 'waiting')
  const status = { kind: 'status' as const, status: 'waiting' as const, text: 'needs an answer', at }
  const line = { kind: 'question' as const, id, tool, text: askedWords({ kind, text }), at }
  // The row keeps the input as it is, since exactly that runs; who reads sees it redacted.
  await appendEvents(trx, key.job, key.n, redactAll(waits ? [line, status] : [line], redact))
  return { id }
}

/** Takes back what the agent no longer asks; its job goes on where nothing else is asked. */
async function takeBack(trx: Db, { clock, owner }: AskDeps, key: AttemptKey, id: string): Promise<void> {
  const at = clock.now().toISOString()
  if (!(await holdsLease(trx, key, owner)) || !(await withdrawQuestion(trx, id, at))) return
  const line = { kind: 'answer' as const, id, text: 'needs no answer any more', at }
  const isLast = (await openQuestions(trx, [key.job])).length === 0
  const goesOn = isLast && (await moveJob(trx, key.job, 'waiting', 'running'))
  const status = { kind: 'status' as const, status: 'running' as const, text: 'going on without it', at }
  await appendEvents(trx, key.job, key.n, goesOn ? [line, status] : [line])
}

/** Answered, and no process has heard it. */
export const isUnheard = ({ state, deliveredAt }: Question): boolean => state === 'answered' && deliveredAt === null

/** The call that was asked about, or what a person made of it. */
const isAbout = (question: Question, call: Pick<AgentQuestion, 'tool' | 'input'>): boolean => {
  const changed = (question.said as { input?: Question['input'] }).input ?? question.input
  return isSameCall(question, call) || isSameCall({ ...question, input: changed }, call)
}

const isForJob = ({ state, said }: Question): boolean =>
  state === 'answered' && said !== null && (said as { decision?: string }).decision === 'approve-for-job'

const deliver = ({ commit, clock }: AskDeps, id: string): Promise<boolean> =>
  commit(trx => markDelivered(trx, id, clock.now().toISOString()))
