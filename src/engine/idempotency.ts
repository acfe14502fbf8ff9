import { createHash } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import { findInbound, forgetInbound, takeInbound } from '../db/inbound.ts'
import { UserError } from '../errors.ts'

/** How long a key is remembered. */
const KEY_LIFE_MS = 7 * 24 * 60 * 60_000

/** What a key stands for. */
type KeyUse = { job: string; digest: string }

/**
 * Takes a key for a job, in the transaction that makes it. Gives null when the key is free, and the id of the job that
 * it made when the same request came before. Throws a UserError of kind `conflict` when it stands for another request.
 */
export async function useKey(
  trx: Db,
  { key, job, request, now }: { key: string; job: string; request: unknown; now: Date },
): Promise<string | null> {
  const name = { platform: 'idempotency', key }
  await forgetInbound(trx, name, new Date(now.getTime() - KEY_LIFE_MS).toISOString())
  const body: KeyUse = { job, digest: createHash('sha256').update(JSON.stringify(request)).digest('hex') }
  if (await takeInbound(trx, { ...name, body, at: now.toISOString() })) return null
  const before = (await findInbound(trx, name)) as KeyUse
  if (before.digest === body.digest) return before.job
  throw new UserError(
    `This Idempotency-Key stands for job \`${before.job}\`, which was another request. Send a new key for a new one.`,
    { kind: 'conflict' },
  )
}
