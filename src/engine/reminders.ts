import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { appendEvents } from '../db/event.ts'
import { dueQuestions, markReminded, type Question } from '../db/question.ts'
import { UserError } from '../errors.ts'
import type { Person } from '../job.ts'
import type { Log } from '../log.ts'
import type { Redact } from '../redact.ts'
import { count } from '../words.ts'
import { writeAnswer } from './answers.ts'
import { askedWords, type Said } from './said.ts'
import type { Wakeup } from './wakeup.ts'

const EVERY_MS = 1000

const HOUR_MS = 3_600_000

/** Who denies what nobody answered. */
const TIME: Person = { platform: 'errand', actor: 'system:errand', actorName: 'Errand', place: 'system:errand' }

type ReminderDeps = { db: Db; commit: Commit; clock: Clock; wakeup: Wakeup; log: Log; redact: Redact }

/** Reminds of open questions at half of their time, and denies what nobody answered at the end of it. */
export function createReminders(deps: ReminderDeps): { start(): void; stop(): Promise<void> } {
  const stopping = new AbortController()
  let loop: Promise<void> = Promise.resolve()
  return {
    start: () => {
      loop = keepTime(deps, stopping.signal)
    },
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}

async function keepTime(deps: ReminderDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const now = deps.clock.now().toISOString()
      for (const question of await dueQuestions(deps.db, 'expires_at', now)) await expire(deps, question)
      for (const question of await dueQuestions(deps.db, 'remind_at', now)) await remind(deps, question, now)
    } catch (error) {
      deps.log.error({ err: error }, 'the time of questions could not be kept; trying again')
    }
    await deps.clock.sleep(EVERY_MS, signal).catch(() => {}) // the stop ends the pause
  }
}

async function expire(deps: ReminderDeps, { id, job, ...question }: Question): Promise<void> {
  const { commit, wakeup } = deps
  const said: Said = { decision: 'deny', reason: `nobody answered within ${timeOf(question)}`, late: true }
  await commit(trx => writeAnswer(trx, deps, id, said, TIME)).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error // somebody answered in this very moment
  })
  wakeup.notify(job)
  wakeup.notify('queue')
}

/** The reminder is a line of the log: the thread makes a post of it. */
async function remind({ commit, wakeup, redact }: ReminderDeps, question: Question, at: string): Promise<void> {
  const { id, job, attempt } = question
  const text = redact(`still needs an answer: ${askedWords(question)}`)
  await commit(async trx => {
    if (!(await markReminded(trx, id))) return
    await appendEvents(trx, job, attempt, [{ kind: 'status', status: 'waiting', id, text, at }])
  })
  wakeup.notify(job)
}

function timeOf({ askedAt, expiresAt }: Pick<Question, 'askedAt' | 'expiresAt'>): string {
  const hours = Math.round((Date.parse(expiresAt) - Date.parse(askedAt)) / HOUR_MS)
  return hours % 24 === 0 && hours > 24 ? count(hours / 24, 'day') : count(hours, 'hour')
}
