import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import type { Agent } from '../engine/agent.ts'
import type { Engine } from '../engine/engine.ts'
import { messageOf, UserError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Redact, redactAll } from '../redact.ts'
import { createApi } from './api/api.ts'
import { jobJson } from './api/job-json.ts'
import { assetRoutes } from './assets.ts'
import { createAuth } from './auth.ts'
import type { ClientEnv } from './client.ts'
import { fileRoutes } from './files.ts'
import { safeHeaders } from './headers.ts'
import { healthRoutes } from './health.ts'
import { createWriters } from './live/format.ts'
import { createLive } from './live/live.ts'
import { renderLines } from './log-lines.tsx'
import { sameOrigin } from './origin.ts'
import { createLinks, type Links } from './pages/links.ts'
import { noticePage } from './pages/notice.tsx'
import { pageRoutes } from './pages/pages.ts'
import { type ProblemBody, problem, problemOf } from './problem.ts'
import { redactBodies } from './redact-bodies.ts'

/** What the admin server works with. */
export type AdminDeps = {
  engine: Engine
  db: Db
  agent: Pick<Agent, 'check'>
  clock: Clock
  log: Log
  version: string
  token: string
  /** Where people reach it, without a slash at its end; null when that is not known. */
  publicUrl: string | null
  redact: Redact
  /** Paths that take POST requests without a login or an origin: what answers them checks itself who calls. */
  extra?: readonly { path: string; handle(request: Request): Promise<Response> }[]
}

/** The routes apart from any port (`app.request()` reaches them in a test), and the end of what they keep open. */
export type Admin = { app: Hono<ClientEnv>; stop(): void }

/** How long answers under way may take once the server stops. */
const GRACE_MS = 500

/** The admin server while it listens; `url` ends without a slash. */
export type AdminServer = { url: string; stop(): Promise<void> }

export function createAdmin(deps: AdminDeps): Admin {
  const { engine, db, log, publicUrl } = deps
  const base = publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '')
  const writers = createWriters(renderLines)
  const view = async (id: string) => {
    const found = await engine.job(id)
    return found && jobJson(found, base)
  }
  const live = createLive({ db, engine, log, writers, job: async id => redactAll(await view(id), deps.redact) })
  const auth = createAuth({ ...deps, base, secure: publicUrl?.startsWith('https:') ?? false })

  // A reverse proxy may take the prefix off or leave it: either way the routes see the rest.
  const app = new Hono<ClientEnv>({ getPath: request => withoutBase(new URL(request.url).pathname, base) })
  const pack = compress() // around the redaction, which reads texts
  app.use((c, next) => (c.req.path.startsWith('/api/') ? next() : pack(c, next)))
  app.use(redactBodies(deps.redact))
  const explain = problemOf(log)
  const links = createLinks(base)
  app.onError(async (error, c) => readable(c, links, await explain(error, c)))
  app.notFound(c => readable(c, links, problem(c, 404, 'There is nothing at this address.')))
  app.route('/', healthRoutes(deps))
  app.use(safeHeaders)
  for (const { path, handle } of deps.extra ?? []) app.post(path, c => handle(c.req.raw))
  app.route('/', fileRoutes(deps))
  app.use(sameOrigin(publicUrl))
  app.route('/', assetRoutes())
  app.route('/', auth.routes)
  app.use(auth.required)
  app.route('/api', createApi({ ...deps, live, writers, base }))
  app.route('/', pageRoutes({ ...deps, base }))
  return { app, stop: live.stop }
}

/** A problem as a page, for a person who came with a browser. */
async function readable(c: Context, links: Links, response: Response): Promise<Response> {
  const isPerson = !c.req.path.startsWith('/api/') && c.req.header('accept')?.includes('text/html')
  if (!isPerson) return response
  const { title, detail, status } = (await response.json()) as ProblemBody
  return c.html(noticePage(links, title, detail), status as ContentfulStatusCode)
}

const withoutBase = (path: string, base: string): string =>
  path.startsWith(`${base}/`) ? path.slice(base.length) : path === base ? '/' : path

/** Listens; port 0 takes a free one. Throws a UserError when the address cannot be had. */
export async function listen(admin: Admin, address: { host: string; port: number }): Promise<AdminServer> {
  const { host, port } = address
  const server = serve({ fetch: admin.app.fetch, hostname: host, port }) as Server
  const bound = await new Promise<number>((resolve, reject) => {
    server.once('error', error => reject(explainListen(error, host, port)))
    server.once('listening', () => resolve(portOf(server)))
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      admin.stop()
      const cutOff = setTimeout(() => server.closeAllConnections(), GRACE_MS)
      await closed
      clearTimeout(cutOff)
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function explainListen(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new UserError(`Port ${port} of ${host} is in use. Stop the program that has it, or set PORT to a free one.`)
  return new UserError(
    `The admin page cannot listen on ${host}:${port} (${messageOf(error)}). Correct HOST and PORT.`,
    {
      cause: error,
    },
  )
}
