import type { MiddlewareHandler } from 'hono'
import type { Redact } from '../redact.ts'
import type { ClientEnv } from './client.ts'

/** What people and programs read; a file that is downloaded is what somebody made, byte for byte. */
const READ = /^(application\/(.+\+)?json|text\/html)\b/

/**
 * Redacts every answer of JSON and every page, errors included. Streams of a log write past it: their lines were
 * redacted when they were stored.
 */
export const redactBodies =
  (redact: Redact): MiddlewareHandler<ClientEnv> =>
  async (c, next) => {
    await next()
    const { headers, status } = c.res
    if (!READ.test(headers.get('content-type') ?? '') || headers.has('content-disposition')) return
    const text = redact(await c.res.text())
    const kept = new Headers(headers)
    kept.delete('content-length')
    c.res = undefined // else the old headers are laid over the new ones
    c.res = new Response(text, { status, headers: kept })
  }
