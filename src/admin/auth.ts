import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { takeTicket } from '../db/ticket.ts'
import type { Log } from '../log.ts'
import type { ClientEnv } from './client.ts'
import { addressOf } from './client.ts'
import { loginPage, ticketPage } from './pages/login.tsx'
import { problem } from './problem.ts'
import { isSame } from './token.ts'

/** Wrong tokens that one address may try in a window; after that not even the right one is looked at. */
const TRIES = 20
const WINDOW_SECONDS = 10 * 60
/** How long a login lasts. */
const SESSION_SECONDS = 7 * 24 * 60 * 60
const COOKIE = 'errand'
/** The login form is read before anybody is known: it holds a token and a path. */
const MAX_FORM_BYTES = 16_000

export type AuthDeps = { token: string; db: Db; clock: Clock; log: Log; base: string; secure: boolean }

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

function loginRoutes({ token, db, log, clock, base, secure }: AuthDeps, tryToken: TryToken): Hono<ClientEnv> {
  const routes = new Hono<ClientEnv>()
  const path = base || '/'
  const letIn = async (c: Context) => {
    const expires = clock.now().getTime() + SESSION_SECONDS * 1000
    const options = { path, httpOnly: true, sameSite: 'Strict', secure, maxAge: SESSION_SECONDS } as const
    await setSignedCookie(c, COOKIE, String(expires), token, options)
  }
  const page = (message: string | null, next: string) => loginPage({ base, message, next })
  routes.get('/login', c => c.html(page(null, ownPath(c.req.query('next')))))
  routes.post('/login', bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }), async c => {
    const form = new URLSearchParams(await c.req.text())
    const next = ownPath(form.get('next'))
    const tried = await tryToken(addressOf(c), form.get('token')?.trim() ?? '')
    if (typeof tried === 'number') {
      c.header('retry-after', String(tried))
      return c.html(page(tooOften(tried), next), 429)
    }
    if (!tried) return c.html(page('That is not the admin token.', next), 401)
    await letIn(c)
    return c.redirect(`${base}${next}`, 303)
  })
  // A look at the link alone, as programs that show previews take one, does not use it up.
  routes.get('/login/:ticket', c => c.html(ticketPage({ base, ticket: c.req.param('ticket') })))
  routes.post('/login/:ticket', async c => {
    const ticket = await takeTicket(db, c.req.param('ticket'))
    if (!ticket || ticket.until <= clock.now().toISOString())
      return c.html(page('That link was used before, or it is older than 10 minutes. Ask for another one.', '/'), 401)
    log.info({ actor: ticket.actor }, 'somebody logged in by a link')
    await letIn(c)
    return c.redirect(`${base}/`, 303)
  })
  routes.post('/logout', c => {
    deleteCookie(c, COOKIE, { path, secure })
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
    const asked = c.req.method === 'GET' ? c.req.path + new URL(c.req.url).search : '/'
    return c.redirect(`${base}/login?next=${encodeURIComponent(asked)}`, 303)
  }
}

const tooOften = (seconds: number): string =>
  `Too many wrong tokens came from your address. Wait ${Math.ceil(seconds / 60)} min and try again.`

const tooLarge = (): never => {
  throw new HTTPException(413, { message: 'This is larger than a login. Send the token alone.' })
}

/** The path of ours to go on to, as a browser reads it: it drops tabs and dots, which can leave `//host`. */
function ownPath(next: string | null | undefined): string {
  const here = 'http://here.invalid'
  if (!next || !URL.canParse(next, here)) return '/'
  const { origin, pathname, search } = new URL(next, here)
  return origin === here && !pathname.startsWith('//') ? pathname + search : '/'
}
