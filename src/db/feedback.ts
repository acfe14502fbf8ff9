import type { Selectable } from 'kysely'
import type { Db } from './connect.ts'
import type { FeedbackTable } from './schema.ts'

export type Feedback = Selectable<FeedbackTable>

/**
 * Keeps what somebody thinks of a job's result; the last word of a person stands, and the same once more takes no
 * sentence away.
 */
export async function keepFeedback(db: Db, feedback: Feedback): Promise<void> {
  const { good, words, at } = feedback
  await db
    .insertInto('feedback')
    .values(feedback)
    .onConflict(oc =>
      oc.columns(['job', 'actor']).doUpdateSet(({ eb }) => {
        const before = eb.case().when('feedback.good', '=', good).then(eb.ref('feedback.words')).else(null).end()
        return { good, words: words ?? before, at }
      }),
    )
    .execute()
}

/** What people think of some jobs, newest first. */
export async function feedbackOn(db: Db, jobs: readonly string[]): Promise<Feedback[]> {
  if (jobs.length === 0) return []
  return await db.selectFrom('feedback').selectAll().where('job', 'in', jobs).orderBy('at', 'desc').execute()
}
