import { Hono, type MiddlewareHandler } from 'hono'
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Clock } from '../clock.ts'
import type { ClientEnv } from './client.ts'
import { addressOf } from './client.ts'
import { loginPage } from './pages/login.tsx'
import { problem } from './problem.ts'
import { isSame } from './token.ts'

/** Wrong tokens that one address may try in a window; after that not even the right one is looked at. */
const TRIES = 20
const WINDOW_SECONDS = 10 * 60
/** How long a login lasts. */
const SESSION_SECONDS = 7 * 24 * 60 * 60
const COOKIE = 'errand'

export type AuthDeps = { token: string; clock: Clock; base: string; secure: boolean }

/** Who may in: the login page's routes, and the check that stands before every route that is not open to all. */
export type Auth = { routes: Hono<ClientEnv>; required: MiddlewareHandler<ClientEnv> }

/**
 * The admin's token lets in, as a bearer or by the cookie that the login page gives for it. The cookie is signed with
 * the token, so that a new token ends every login.
 */
export function createAuth(deps: AuthDeps): Auth {
  const failures = new RateLimiterMemory({ points: TRIES, duration: WINDOW_SECONDS })
  /** Seconds to wait when the address has tried too often, else whether the token is right. */
  const tryToken = async (address: string, given: string): Promise<number | boolean> => {
    const before = await failures.get(address)
    if (before && before.remainingPoints <= 0) return Math.ceil(before.msBeforeNext / 1000)
    if (isSame(given, deps.token)) return true
    await failures.penalty(address)
    return false
  }
  return { routes: loginRoutes(deps, tryToken), required: requireLogin(deps, tryToken) }
}

type TryToken = (address: string, given: string) => Promise<number | boolean>

function loginRoutes({ token, clock, base, secure }: AuthDeps, tryToken: TryToken): Hono<ClientEnv> {
  const routes = new Hono<ClientEnv>()
  const page = (message: string | null, next: unknown) =>
    loginPage({ base, message, next: isOwnPath(next) ? next : '/' })
  routes.get('/login', c => c.html(page(null, c.req.query('next'))))
  routes.post('/login', async c => {
    const { token: given, next } = await c.req.parseBody()
    const tried = await tryToken(addressOf(c), typeof given === 'string' ? given.trim() : '')
    if (typeof tried === 'number') {
      c.header('retry-after', String(tried))
      return c.html(page(tooOften(tried), next), 429)
    }
    if (!tried) return c.html(page('That is not the admin token.', next), 401)
    const expires = clock.now().getTime() + SESSION_SECONDS * 1000
    const options = { path: `${base}/`, httpOnly: true, sameSite: 'Strict', secure, maxAge: SESSION_SECONDS } as const
    await setSignedCookie(c, COOKIE, String(expires), token, options)
    return c.redirect(`${base}${isOwnPath(next) ? next : '/'}`, 303)
  })
  routes.post('/logout', c => {
    deleteCookie(c, COOKIE, { path: `${base}/`, secure })
    return c.redirect(`${base}/login`, 303)
  })
  return routes
}

function requireLogin({ token, clock, base }: AuthDeps, tryToken: TryToken): MiddlewareHandler<ClientEnv> {
  return async (c, next) => {
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (bearer !== undefined) {
      const tried = await tryToken(addressOf(c), bearer)
      if (tried === true) return await next()
      if (tried === false)
        return problem(c, 401, 'The token is not the admin token (ADMIN_TOKEN, or DATA_DIR/admin-token).')
      c.header('retry-after', String(tried))
      return problem(c, 429, tooOften(tried))
    }
    const expires = Number(await getSignedCookie(c, token, COOKIE))
    if (expires > clock.now().getTime()) return await next()
    if (c.req.path.startsWith('/api/'))
      return problem(c, 401, 'Send "Authorization: Bearer" with the admin token, or log in at /login.')
    return c.redirect(`${base}/login?next=${encodeURIComponent(c.req.path)}`, 303)
  }
}

const tooOften = (seconds: number): string =>
  `Too many wrong tokens came from your address. Wait ${Math.ceil(seconds / 60)} min and try again.`

/** A path of ours, not of another host (`//host`). */
const isOwnPath = (next: unknown): next is string => typeof next === 'string' && /^\/(?![/\\])/.test(next)
