import type { Clock } from '../clock.ts'
import { hasOpenAttempt } from '../db/attempt.ts'
import { appendAudit } from '../db/audit.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { appendEvents, type NewEvent } from '../db/event.ts'
import { findJob, type JobRow, moveJob } from '../db/job.ts'
import { findQuestion, keepAnswer, openQuestions, type Question } from '../db/question.ts'
import { enqueue } from '../db/queue.ts'
import { UserError } from '../errors.ts'
import { isFinal, type Person } from '../job.ts'
import { MARK, type Redact, redactAll } from '../redact.ts'
import { type Asking, mayRead, refusalToAnswer } from './access.ts'
import { frozenInstruction } from './claim.ts'
import type { Instructions } from './instructions/instruction.ts'
import { addSaid, type Said, saidWords } from './said.ts'
import type { Wakeup } from './wakeup.ts'

export type AnswerDeps = {
  db: Db
  commit: Commit
  clock: Clock
  wakeup: Wakeup
  redact: Redact
  instructions: () => Instructions
  asking(person: Person): Promise<Asking>
}

/**
 * Says a person's word to a question; the first that fits stands. Gives the job's id. Throws a UserError of the kind
 * `conflict` when it was answered before or its job is over, `forbidden` when this person may not, and else when it
 * does not fit the question.
 */
export async function answerQuestion(deps: AnswerDeps, id: string, said: Said, by: Person): Promise<string> {
  const asked = await askedOf(deps, id, by)
  if (!asked) throw new UserError(`There is no question \`${id}\`.`)
  if (asked.refusal !== null) throw new UserError(asked.refusal, { kind: 'forbidden' })
  await deps.commit(trx => writeAnswer(trx, deps, id, said, by))
  const { job } = asked.question
  deps.wakeup.notify(job)
  deps.wakeup.notify('queue')
  return job
}

/** A question as far as it is there for a person: of a job that they may see, or theirs to answer; else null. */
export const questionFor = async (deps: AnswerDeps, id: string, by: Person): Promise<Question | null> =>
  (await askedOf(deps, id, by))?.question ?? null

/** `refusal`: why this person may not answer it. Null where there is no such question for them. */
async function askedOf(
  { db, instructions, asking }: AnswerDeps,
  id: string,
  by: Person,
): Promise<{ question: Question; refusal: string | null } | null> {
  const question = await findQuestion(db, id)
  const job = question && (await findJob(db, question.job))
  if (!job) return null
  const person = await asking(by)
  const { approvers } = await frozenInstruction(db, job, instructions())
  const who = { actor: job.actor, actorName: job.actor_name, place: job.place }
  const refusal = refusalToAnswer(who, question.kind, approvers, person)
  return refusal === null || mayRead(job, person) ? { question, refusal } : null
}

/**
 * Stores what was said: the row, the log's line, the audit, and the job's move in one transaction. The job goes on
 * where it waits, or back to the queue where no process waits for the answer.
 */
export async function writeAnswer(
  trx: Db,
  { clock, redact }: Pick<AnswerDeps, 'clock' | 'redact'>,
  id: string,
  said: Said,
  by: Person,
): Promise<void> {
  const question = await findQuestion(trx, id)
  const job = question && (await findJob(trx, question.job))
  if (!question || !job) throw new Error(`question ${id} is gone`)
  if (question.state !== 'open') throw new UserError(tooLate(question, job), { kind: 'conflict' })
  const added = addSaid(question, said)
  if ('problem' in added) throw new UserError(added.problem, { kind: isRepeat(question, said) ? 'conflict' : 'usage' })
  if (marksIn(changedInput(said)) > marksIn(question.input)) throw new UserError(NOT_SHOWN)
  const { actorName } = by
  const at = clock.now().toISOString()
  await keepAnswer(trx, id, { ...added, by: actorName, at })
  const action = 'answers' in said ? 'answer' : said.decision
  const detail = redactAll({ job: job.id, tool: question.tool, input: question.input, said }, redact)
  await appendAudit(trx, by, { at, action, target: `question:${id}`, detail })
  const text = `${actorName} ${saidWords(question, said)}`
  const events: NewEvent[] = [{ kind: 'answer', id, text, at }]
  if (added.isComplete) events.push(...(await goOn(trx, job, at)))
  await appendEvents(trx, job.id, job.attempt, redactAll(events, redact))
}

// People see a call redacted: what they made of it would run with the mark instead of the secret.
const NOT_SHOWN = `\`${MARK}\` stands where a secret is not shown, and would run as it stands. Approve the call as it is, or change it so that it needs none.`

const marksIn = (input: unknown): number => (JSON.stringify(input) ?? '').split(MARK).length

const changedInput = (said: Said) => ('answers' in said ? undefined : said.input)

/** True when every answer is to a part that was answered before: somebody was faster, nothing is wrong with it. */
const isRepeat = (question: Question, said: Said): boolean => question.said !== null && 'answers' in said

/** Takes a job on that waits for nothing more; gives the lines that say so. */
async function goOn(trx: Db, job: JobRow, at: string): Promise<NewEvent[]> {
  const { id, status, created_at } = job
  if (status !== 'waiting' || (await openQuestions(trx, [id])).length > 0) return []
  if (await hasOpenAttempt(trx, id)) {
    await moveJob(trx, id, 'waiting', 'running')
    return [{ kind: 'status', status: 'running', text: 'going on with the answer', at }]
  }
  await moveJob(trx, id, 'waiting', 'queued', { cause: 'answer' })
  await enqueue(trx, job, new Date(created_at))
  return [{ kind: 'status', status: 'queued', text: 'answered; this goes on when a slot is free', at }]
}

function tooLate({ kind, answeredBy, said, tool }: Question, { id, status }: JobRow): string {
  if (answeredBy !== null) return `${answeredBy} was faster and ${saidWords({ kind, tool }, said as Said)}.`
  return isFinal(status)
    ? `Job \`${id}\` has ended (${status}); its question needs no answer any more.`
    : 'This question needs no answer any more.'
}
