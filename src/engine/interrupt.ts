import type { Db } from '../db/connect.ts'
import { findJob, type JobRow } from '../db/job.ts'
import { activeJob, BEHIND, comeNext, giveTo } from '../db/turn.ts'
import { UserError } from '../errors.ts'
import type { Person } from '../job.ts'
import { type Asking, mayChange } from './access.ts'
import { type CancelDeps, cancelJob } from './cancel.ts'
import type { Journal } from './journal.ts'
import { readableJob } from './readable-job.ts'
import { hasFiles, type Sooner } from './sooner.ts'

export type Interrupting = CancelDeps & { journal: Journal; asking(person: Person): Promise<Asking> }

/**
 * Says a text into the turn of a job that runs now; false when none of its own can hear it: it has ended, has not begun,
 * or runs in another process. Resolves once the text is stored: a crash afterwards does not lose what the person was
 * told is heard.
 */
export async function sayInto(deps: Interrupting, id: string, text: string, by: Person): Promise<boolean> {
  const key = deps.running.say(id, text)
  if (!key) return false
  const at = deps.clock.now().toISOString()
  await deps.journal.append(key, { kind: 'answer', text: `${by.actorName} said: ${text}`, at })
  await deps.journal.flush(key)
  return true
}

/** The job of a conversation that goes on, null when none does; throws a UserError for whoever may not change it. */
export async function activeFor(
  { db, asking }: { db: Db; asking(person: Person): Promise<Asking> },
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

type Reply = Pick<JobRow, 'id' | 'conversation'>

/** Lets a reply that waits come before all others that do, and stops what runs for it, if anything does. */
export async function makeWay(deps: CancelDeps, active: string | null, reply: Reply, by: Person): Promise<void> {
  // First, or the end of what runs lets another one come; and nothing is stopped for a reply that waits no more.
  const isNext = await deps.commit(trx => comeNext(trx, reply))
  if (isNext && active !== null) await stopJob(deps, active, by)
}

/** Cancels a job that may have ended by now. */
async function stopJob(deps: CancelDeps, id: string, by: Person, heardBy?: string): Promise<void> {
  await cancelJob(deps, id, by, heardBy).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error
  })
}

/**
 * Lets a follow-up that waits behind another job be heard at once: said into its turn, or in its stead. Gives the job
 * that goes on with it. Throws a UserError of kind `conflict` when it does not wait, or nobody could hear it now.
 */
export async function hasten(deps: Interrupting, id: string, how: Sooner, by: Person): Promise<string> {
  const person = await deps.asking(by)
  const job = await readableJob(deps.db, id, person)
  if (job.hold_reason !== BEHIND || job.reply === null || job.status !== 'queued')
    throw new UserError(`Job \`${id}\` waits behind no other one; nothing was changed.`, { kind: 'conflict' })
  if (!mayChange(job, person)) throw new UserError(`Only ${job.actor_name} may do that.`, { kind: 'forbidden' })
  const found = await activeFor(deps, job.conversation, by)
  const active = found?.id === id ? null : found // its own turn has come meanwhile
  if (how === 'instead') {
    if (found?.id !== id) await makeWay(deps, active?.id ?? null, job, by)
    return id
  }
  if (hasFiles(job))
    throw new UserError('Files cannot be said into a running turn: this waits, or what runs is stopped for it.')
  const unheard = new UserError('Nothing runs that could hear it now; it waits its turn.', { kind: 'conflict' })
  if (!active) throw unheard
  if (!(await deps.commit(trx => giveTo(trx, id, active.id))))
    throw new UserError(`Somebody was faster with \`${id}\`; nothing was changed.`, { kind: 'conflict' })
  if (!(await sayInto(deps, active.id, job.reply, by))) {
    await deps.commit(trx => giveTo(trx, id, null))
    throw unheard
  }
  await stopJob(deps, id, by, active.id)
  return active.id
}
