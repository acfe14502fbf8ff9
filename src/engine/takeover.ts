import type { Clock } from '../clock.ts'
import { appendAudit } from '../db/audit.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { findNativeSession, holdConversation } from '../db/conversation.ts'
import { findJob, type JobRow } from '../db/job.ts'
import { activeJob, releaseNext } from '../db/turn.ts'
import { UserError } from '../errors.ts'
import type { Person } from '../job.ts'
import { type Asking, isStaff } from './access.ts'
import type { Agent } from './agent.ts'
import { noSuchJob } from './readable-job.ts'
import type { Wakeup } from './wakeup.ts'
import { type Folders, sharedFolders } from './workspace.ts'

export type TakeoverDeps = {
  db: Db
  commit: Commit
  clock: Clock
  wakeup: Wakeup
  folders: Folders
  agent: Agent
  asking(person: Person): Promise<Asking>
}

/**
 * Holds the conversation of a job and gives the command that opens its session in a terminal on the server. Nothing of
 * the conversation starts until `giveBack`. Throws a UserError: `conflict` while a job of it goes on or somebody holds
 * it, `forbidden` for all but operators and admins.
 */
export async function takeOver(deps: TakeoverDeps, id: string, by: Person): Promise<string> {
  const job = await jobFor(deps, id, by)
  const nativeId = await findNativeSession(deps.db, job.session)
  if (nativeId === null) throw new UserError(`Job \`${id}\` has no session yet: nothing of it has run.`)
  const folders = sharedFolders(deps.folders, job)
  await deps.commit(async trx => {
    const active = await activeJob(trx, job.conversation)
    if (active)
      throw new UserError(`Job \`${active}\` of this conversation goes on: wait for its end, or cancel it first.`, {
        kind: 'conflict',
      })
    if (!(await holdConversation(trx, job.conversation, by.actorName)))
      throw new UserError(`${job.held_by ?? 'Somebody'} has taken this conversation over already.`, {
        kind: 'conflict',
      })
    await note(trx, deps, 'takeover', job, by)
  })
  return await deps.agent.openCommand(folders.workspace, { dir: folders.session, nativeId })
}

/** Ends the hold: what was asked for meanwhile goes on. Throws a UserError of kind `conflict` when there is none. */
export async function giveBack(deps: TakeoverDeps, id: string, by: Person): Promise<void> {
  const job = await jobFor(deps, id, by)
  await deps.commit(async trx => {
    if (!(await holdConversation(trx, job.conversation, null)))
      throw new UserError(`Nobody has taken the conversation of job \`${id}\` over.`, { kind: 'conflict' })
    await releaseNext(trx, job.conversation)
    await note(trx, deps, 'give-back', job, by)
  })
  deps.wakeup.notify('queue')
}

async function jobFor({ db, asking }: TakeoverDeps, id: string, by: Person): Promise<JobRow> {
  if (!isStaff(await asking(by)))
    throw new UserError('Only operators and admins may take a conversation over.', { kind: 'forbidden' })
  const job = await findJob(db, id)
  if (!job) throw noSuchJob(id)
  return job
}

const note = (trx: Db, { clock }: TakeoverDeps, action: string, job: JobRow, by: Person): Promise<void> => {
  const target = `conversation:${job.conversation}`
  const at = clock.now().toISOString()
  return appendAudit(trx, by, { at, action, target, detail: { job: job.id } })
}
