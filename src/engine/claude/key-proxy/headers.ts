import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { Account } from '../../../config.ts'

/** They are of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** The agent's own, which the proxy's take the place of; `expect` was answered here. */
const REPLACED = ['accept-encoding', 'authorization', 'cookie', 'expect', 'host', 'x-api-key']

/**
 * A request's headers with the account in the place of the token. The CLI is given the token as the same kind of
 * account, so that it sends itself what goes with it (`anthropic-beta: oauth-…` for a login).
 */
export const requestHeaders = (headers: IncomingHttpHeaders, { kind, secret }: Account): OutgoingHttpHeaders => ({
  ...withItsEnd(headers, REPLACED),
  'accept-encoding': 'identity', // what an answer used is read as it passes
  ...(kind === 'key' ? { 'x-api-key': secret } : { authorization: `Bearer ${secret}` }),
})

/**
 * A request's headers without those of its own connection, but with what says where its body ends: else Node would send
 * a body of a GET as it is, and what follows the headers be read as another request.
 */
export function withItsEnd(headers: IncomingHttpHeaders, others: string[] = []): OutgoingHttpHeaders {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  const kept = without(headers, others)
  if (coding !== undefined) return { ...kept, 'transfer-encoding': 'chunked' }
  return length === undefined ? kept : { ...kept, 'content-length': length }
}

export const responseHeaders = (headers: IncomingHttpHeaders): OutgoingHttpHeaders => without(headers, [])

/** What the answer says about the limits of the account, under the names that the API gives them. */
export function limitsIn(headers: IncomingHttpHeaders): Record<string, string> {
  const found = Object.entries(headers).filter(([name]) => name === 'retry-after' || /^anthropic-ratelimit-/.test(name))
  return Object.fromEntries(found.map(([name, value]) => [name, String(value)]))
}

function without(headers: IncomingHttpHeaders, others: string[]): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map(name => name.trim().toLowerCase())
  const dropped = new Set([...HOP_BY_HOP, ...others, ...named])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)))
}
