import type { Db } from '../db/connect.ts'
import {
  type ConversationCursor,
  type ConversationRow,
  findConversation,
  listConversations,
} from '../db/conversation.ts'
import { jobsOfConversation } from '../db/job.ts'
import { type Question, questionsOf } from '../db/question.ts'
import { type Redact, redactAll } from '../redact.ts'
import type { JobView } from './view.ts'

/** The whole exchange of a thread, in order. */
export type ConversationView = {
  id: string
  place: string
  createdAt: string
  /** Who has its session open in a terminal. */
  heldBy: string | null
  jobs: JobView[]
  /** What was asked in it, answered or not, by job. */
  questions: ReadonlyMap<string, readonly Question[]>
}

export type ConversationDeps = { db: Db; redact: Redact; view(rows: JobRows): Promise<JobView[]> }
type JobRows = Awaited<ReturnType<typeof jobsOfConversation>>

/** A conversation with all that belongs to it; null when there is none. */
export async function viewConversation(deps: ConversationDeps, id: string): Promise<ConversationView | null> {
  const row = await findConversation(deps.db, id)
  return row && (await completed(deps, row))
}

/** A page of conversations, newest first. */
export async function viewConversations(
  deps: ConversationDeps,
  page: { after?: ConversationCursor | undefined; limit: number },
): Promise<{ conversations: ConversationView[]; next: ConversationCursor | null }> {
  const { rows, next } = await listConversations(deps.db, page)
  return { conversations: await Promise.all(rows.map(row => completed(deps, row))), next }
}

async function completed(deps: ConversationDeps, row: ConversationRow): Promise<ConversationView> {
  const { db, redact, view } = deps
  const { id, place, created_at: createdAt, held_by: heldBy } = row
  const jobs = await jobsOfConversation(db, id)
  const questions = new Map<string, readonly Question[]>()
  for (const job of jobs) questions.set(job.id, redactAll(await questionsOf(db, job.id), redact))
  return { id, place, createdAt, heldBy, jobs: await view(jobs), questions }
}
