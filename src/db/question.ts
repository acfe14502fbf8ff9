import type { Selectable } from 'kysely'
import type { QuestionKind } from '../job.ts'
import type { Db } from './connect.ts'
import type { QuestionTable } from './schema.ts'

/** A tool call that waits, or waited, for a person; times are ISO 8601 UTC. */
export type Question = {
  id: string
  job: string
  attempt: number
  kind: QuestionKind
  tool: string
  input: Readonly<Record<string, unknown>>
  /** What is asked, in words; of a plan its whole text. */
  text: string
  state: QuestionState
  /** What was said, as the engine keeps it; of an open question what was said of its parts. */
  said: unknown
  answeredBy: string | null
  askedAt: string
  expiresAt: string
  answeredAt: string | null
  /** When the answer reached the agent; null while it has not. */
  deliveredAt: string | null
}

/** `withdrawn`: its job ended, or its agent went on, before anybody answered. */
export type QuestionState = 'open' | 'answered' | 'withdrawn'

export async function insertQuestion(
  db: Db,
  {
    tool,
    input,
    text,
    ...question
  }: Pick<Question, 'id' | 'job' | 'attempt' | 'kind' | 'tool' | 'input' | 'text'> & {
    toolUseId: string
    at: string
    remindAt: string
    expiresAt: string
  },
): Promise<void> {
  const { id, job, attempt, kind, toolUseId, at, remindAt, expiresAt } = question
  const times = { asked_at: at, remind_at: remindAt, expires_at: expiresAt }
  const body = JSON.stringify({ tool, input, text })
  await db
    .insertInto('question')
    .values({ id, job, attempt, kind, tool_use_id: toolUseId, body, state: 'open', ...times })
    .execute()
}

export async function findQuestion(db: Db, id: string): Promise<Question | null> {
  const row = await db.selectFrom('question').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? read(row) : null
}

/** All questions of a job, in the order in which they were asked. */
export async function questionsOf(db: Db, job: string): Promise<Question[]> {
  const rows = await db.selectFrom('question').selectAll().where('job', '=', job).orderBy('asked_at').execute()
  return rows.map(read)
}

/** The open questions of several jobs, oldest first. */
export async function openQuestions(db: Db, jobs: readonly string[]): Promise<Question[]> {
  if (jobs.length === 0) return []
  const rows = await db
    .selectFrom('question')
    .selectAll()
    .where('job', 'in', jobs)
    .where('state', '=', 'open')
    .orderBy('asked_at')
    .execute()
  return rows.map(read)
}

/**
 * Keeps what was said while the question is open; false means that someone was faster. Unless `isComplete` it stays
 * open for the rest. Call it in the transaction that read the question.
 */
export async function keepAnswer(
  db: Db,
  id: string,
  { said, isComplete, by, at }: { said: unknown; isComplete: boolean; by: string; at: string },
): Promise<boolean> {
  const end = isComplete ? { state: 'answered' as const, answered_by: by, answered_at: at } : {}
  const result = await db
    .updateTable('question')
    .set({ answer: JSON.stringify(said), ...end })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Notes that the answer reached the agent; false when it did before. */
export async function markDelivered(db: Db, id: string, at: string): Promise<boolean> {
  const result = await db
    .updateTable('question')
    .set({ delivered_at: at })
    .where('id', '=', id)
    .where('delivered_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Ends an open question that needs no answer any more; false when somebody was faster. */
export async function withdrawQuestion(db: Db, id: string, at: string): Promise<boolean> {
  const state: QuestionState = 'withdrawn'
  const result = await db
    .updateTable('question')
    .set({ state, answered_at: at })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Ends the open questions of a job that is over. */
export async function withdrawQuestions(db: Db, job: string, at: string): Promise<void> {
  const state: QuestionState = 'withdrawn'
  await db
    .updateTable('question')
    .set({ state, answered_at: at })
    .where('job', '=', job)
    .where('state', '=', 'open')
    .execute()
}

/** Open questions whose time of this kind has come. */
export async function dueQuestions(db: Db, time: 'remind_at' | 'expires_at', now: string): Promise<Question[]> {
  const rows = await db
    .selectFrom('question')
    .selectAll()
    .where('state', '=', 'open')
    .where(time, '<=', now)
    .limit(100)
    .execute()
  return rows.map(read)
}

/** Notes that a question was reminded of; false when it was before. */
export async function markReminded(db: Db, id: string): Promise<boolean> {
  const result = await db
    .updateTable('question')
    .set({ remind_at: null })
    .where('id', '=', id)
    .where('remind_at', 'is not', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

function read(row: Selectable<QuestionTable>): Question {
  const { id, job, attempt, kind, state, expires_at, answered_by, asked_at, answered_at, delivered_at } = row
  return {
    ...{ id, job, attempt, kind, state },
    ...(JSON.parse(row.body) as Pick<Question, 'tool' | 'input' | 'text'>),
    said: row.answer === null ? null : (JSON.parse(row.answer) as unknown),
    answeredBy: answered_by,
    askedAt: asked_at,
    expiresAt: expires_at ?? asked_at,
    answeredAt: answered_at,
    deliveredAt: delivered_at,
  }
}
