import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** An answer in the API's own form, which the CLI tells apart by status and type. */
export type Refusal = { status: number; type: string; message: string }

/**
 * All that the agent may ask of the account: the messages that the CLI sends, and what costs nothing. Batches, files
 * and whatever else the API has would reach what other jobs left there, and no answer of theirs says what it costs.
 * Matched against the target as it was sent: what is not plainly one of these has no meaning here, be it `//host`,
 * an absolute address, a dot segment or an escape.
 */
const PASSING = [
  { method: 'POST', target: /^\/v1\/messages(\/count_tokens)?(\?[\w=&.-]*)?$/ },
  { method: 'GET', target: /^\/v1\/models(\/[\w-]+)?(\?[\w=&.-]*)?$/ },
]

/** Why a request does not pass; null when it does. */
export function refusalOf(request: IncomingMessage, token: string): Refusal | null {
  const { method, url = '', headers } = request
  if (!isSame(tokenOf(headers), token))
    return { status: 401, type: 'authentication_error', message: 'This token is not valid here.' }
  if (headers.upgrade !== undefined || !PASSING.some(it => it.method === method && it.target.test(url)))
    return { status: 404, type: 'not_found_error', message: 'This cannot be asked from inside a job.' }
  return null
}

/** A key comes in one header, a login's token in the other. */
function tokenOf({ authorization, 'x-api-key': key }: IncomingMessage['headers']): string {
  if (typeof key === 'string') return key
  return /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? ''
}

/** Compares in the same time wherever they differ; as hashes, since the length is to tell nothing either. */
const isSame = (given: string, token: string): boolean => timingSafeEqual(hashOf(given), hashOf(token))

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest()
