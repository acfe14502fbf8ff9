import type { MiddlewareHandler } from 'hono'
import { problem } from './problem.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Lets a write through only from our own pages, or from a program that has the token itself: a browser names where a
 * write comes from, and a foreign page must not act with somebody's cookie. `publicUrl` is our address from outside.
 */
export function sameOrigin(publicUrl: string | null): MiddlewareHandler {
  const outside = publicUrl === null ? null : new URL(publicUrl).origin
  return async (c, next) => {
    if (SAFE.has(c.req.method)) return await next()
    const origin = c.req.header('origin')
    const isProgram = origin === undefined && c.req.header('authorization') !== undefined
    if (isProgram || (origin !== undefined && isOurs(origin, outside, c.req.header('host')))) return await next()
    return problem(
      c,
      403,
      'This came from another site; nothing was changed. Use the pages of this server, or the token.',
    )
  }
}

const isOurs = (origin: string, outside: string | null, host: string | undefined): boolean =>
  origin === outside || (URL.canParse(origin) && new URL(origin).host === host)
