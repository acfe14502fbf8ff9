import { createHash } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { Account } from '../../config.ts'
import { noteAccount } from '../../db/account.ts'
import type { Commit } from '../../db/commit.ts'
import type { Db } from '../../db/connect.ts'
import { dropPause, listPauses, type PauseKind } from '../../db/pause.ts'
import type { Log } from '../../log.ts'
import type { AgentEnd } from '../agent.ts'
import type { StopCause } from '../outcome.ts'
import type { QueueLook } from '../queue-look.ts'
import { beginPause, endPast, pauseWords } from './pauses.ts'
import { resetFrom } from './reset.ts'

type AccountDeps = {
  db: Db
  commit: Commit
  clock: Clock
  log: Log
  random: () => number
  defaultTimezone: string
  queue: Pick<QueueLook, 'changed'>
  tellAdmins(trx: Db, text: string): Promise<void>
}

/**
 * Lifts at a start what only held for the account before: its window, if it is another one now. One that was refused
 * may have been mended, whichever it is. Of the account a hash alone is kept.
 */
export async function meetAccount(trx: Db, account: Account | null): Promise<void> {
  const mark = createHash('sha256').update(JSON.stringify(account)).digest('base64url')
  if (await noteAccount(trx, mark)) await dropPause(trx, 'usage')
  await dropPause(trx, 'auth')
}

/**
 * What a run's end says of the account: where its window is used up, its API is overloaded or it is refused, nothing
 * starts for a while, and the job waits with the others. Of an account that is refused the first job fails, and says
 * what is wrong. A run that went well ends what was tried.
 */
export async function accountCause(
  deps: AccountDeps,
  end: AgentEnd,
  headers: Readonly<Record<string, string>>,
): Promise<StopCause | null> {
  const now = deps.clock.now()
  if (end.ok) {
    if ((await listPauses(deps.db)).length > 0) await deps.commit(trx => endPast(trx, now))
    return null
  }
  const kind: PauseKind | undefined = end.failure === 'auth' ? 'auth' : end.hold
  if (!kind) return null
  const reset = kind === 'usage' ? (end.resetsAt ?? resetFrom(headers, now)) : null
  const { pause, isNew } = await deps.commit(async trx => {
    const begun = await beginPause(trx, kind, reset, { now, random: deps.random })
    if (begun.isNew && kind === 'auth') await deps.tellAdmins(trx, `${end.message} Until then I start no job.`)
    return begun
  })
  deps.queue.changed()
  const why = pauseWords(pause, now, deps.defaultTimezone)
  if (isNew) deps.log.warn({ pause: kind, until: pause.until }, why)
  return kind === 'auth' && isNew ? null : { kind: 'limit', why }
}
