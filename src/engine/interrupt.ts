import { findJob, type JobRow } from '../db/job.ts'
import { activeJob, BEHIND } from '../db/turn.ts'
import { UserError } from '../errors.ts'
import type { Person } from '../job.ts'
import { type Asking, mayChange } from './access.ts'
import { type CancelDeps, cancelJob } from './cancel.ts'
import type { Journal } from './journal.ts'

export type Interrupting = CancelDeps & { journal: Journal; asking(person: Person): Promise<Asking> }

/**
 * Says a text into the turn that runs now. Gives the job that has heard it, null when none of the conversation can: it
 * has ended, has not begun, or runs in another process. Throws a UserError for whoever may not.
 */
export async function sayNow(
  deps: Interrupting,
  conversation: string,
  text: string,
  by: Person,
): Promise<string | null> {
  const job = await activeFor(deps, conversation, by)
  return job && (await sayInto(deps, job.id, text, by))
}

/** Resolves once the text is stored: a crash afterwards does not lose what the person was told is heard. */
async function sayInto(deps: Interrupting, id: string, text: string, by: Person): Promise<string | null> {
  const key = deps.running.say(id, text)
  if (!key) return null
  const at = deps.clock.now().toISOString()
  await deps.journal.append(key, { kind: 'answer', text: `${by.actorName} said: ${text}`, at })
  await deps.journal.flush(key)
  return key.job
}

/** The job of a conversation that goes on, null when none does; throws a UserError for whoever may not change it. */
export async function activeFor(
  { db, asking }: Interrupting,
  conversation: string,
  by: Person,
): Promise<JobRow | null> {
  const id = await activeJob(db, conversation)
  const job = id && (await findJob(db, id))
  if (!job) return null
  if (mayChange(job, await asking(by))) return job
  throw new UserError(`Only ${job.actor_name} may change what runs now; your reply may wait its turn.`, {
    kind: 'forbidden',
  })
}

/** Cancels a job that may have ended by now. */
export async function stopJob(deps: CancelDeps, id: string, by: Person, words?: string): Promise<void> {
  await cancelJob(deps, id, by, words).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error
  })
}

/**
 * Lets a follow-up that waits behind another job be heard at once: said into its turn, or in its stead. Gives the job
 * that goes on with it. Throws a UserError of kind `conflict` when it does not wait, or nobody could hear it now.
 */
export async function hasten(deps: Interrupting, id: string, how: 'now' | 'instead', by: Person): Promise<string> {
  const job = await findJob(deps.db, id)
  if (job?.hold_reason !== BEHIND || job.reply === null)
    throw new UserError(`Job \`${id}\` waits behind no other one; nothing was changed.`, { kind: 'conflict' })
  if (!mayChange(job, await deps.asking(by))) throw new UserError(`Only ${job.actor_name} may do that.`)
  const found = await activeFor(deps, job.conversation, by)
  const active = found?.id === id ? null : found // its own turn has come meanwhile
  if (how === 'instead') {
    if (active) await stopJob(deps, active.id, by)
    return id
  }
  if (job.inputs !== '{}')
    throw new UserError('Files cannot be said into a running turn: this waits, or what runs is stopped for it.')
  const heard = active && (await sayInto(deps, active.id, job.reply, by))
  if (heard === null)
    throw new UserError('Nothing runs that could hear it now; it waits its turn.', { kind: 'conflict' })
  await stopJob(deps, id, by, `said into job ${heard}`)
  return heard
}
