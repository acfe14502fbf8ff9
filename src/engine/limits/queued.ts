import type { Db } from '../../db/connect.ts'
import { queuedIn } from '../../db/job.ts'
import { UserError } from '../../errors.ts'
import { count } from '../../words.ts'
import { type Limits, scopesOf } from './names.ts'

/** Throws a UserError when a queue is full that the job would stand in. Call it in the transaction that makes the job. */
export async function assertQueueHasRoom(
  trx: Db,
  { rows }: Limits,
  job: { actor: string; place: string; instruction: string },
): Promise<void> {
  const scopes = scopesOf(job)
  for (const { scope, value } of rows.filter(row => row.name === 'queued' && scopes.includes(row.scope))) {
    if ((await queuedIn(trx, scope, value)) < value) continue
    const whose = scope === 'global' ? '' : ` of ${scope === job.actor ? 'yours' : `\`${scope}\``}`
    if (value === 0) throw new UserError(`An admin takes no job${whose} now; nothing was started.`, { kind: 'runtime' })
    const text = `The queue is full: ${count(value, 'job')}${whose} ${value === 1 ? 'waits' : 'wait'} already, and nothing was started. Try again later, or cancel one.`
    throw new UserError(text, { kind: 'runtime' })
  }
}
