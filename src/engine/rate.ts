import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { keepFeedback } from '../db/feedback.ts'
import { UserError } from '../errors.ts'
import { isFinal, type Person } from '../job.ts'
import { type Redact, redactAll } from '../redact.ts'
import type { Asking } from './access.ts'
import { readableJob } from './readable-job.ts'

/** What somebody thinks of a result, with a sentence about it. */
export type Rating = { good: boolean; words?: string | undefined }

const MAX_CHARS = 2000

type RateDeps = {
  db: Db
  commit: Commit
  clock: Clock
  redact: Redact
  asking(person: Person): Promise<Asking>
}

/** Keeps a rating of a job that has ended, by anybody who sees it. Throws a UserError, and then nothing was kept. */
export async function rate(deps: RateDeps, id: string, { good, words = '' }: Rating, by: Person): Promise<void> {
  const job = await readableJob(deps.db, id, await deps.asking(by))
  if (!isFinal(job.status)) throw new UserError(`Job \`${id}\` has no result yet.`, { kind: 'conflict' })
  if (words.length > MAX_CHARS) throw new UserError(`Say it in at most ${MAX_CHARS} characters.`)
  const said = redactAll(words.trim() || null, deps.redact)
  const at = deps.clock.now().toISOString()
  await deps.commit(trx => keepFeedback(trx, { job: id, actor: by.actor, good: good ? 1 : 0, words: said, at }))
}
