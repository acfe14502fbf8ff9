import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { countJobs } from '../db/job.ts'
import type { Agent } from '../engine/agent.ts'
import { messageOf, UserError } from '../errors.ts'
import type { Log } from '../log.ts'

/** What the admin server reads. */
export type AdminDeps = { db: Db; agent: Agent; clock: Clock; log: Log; version: string }

/** How long answers under way may take once the server stops. */
const GRACE_MS = 500

/** The admin server while it listens; `url` ends without a slash. */
export type AdminServer = { url: string; stop(): Promise<void> }

/** The routes, apart from any port: `app.request()` reaches them in a test. */
export function createAdmin(deps: AdminDeps): Hono {
  const startedAt = deps.clock.now().getTime()
  const app = new Hono()
  app.get('/health', async c => {
    try {
      await deps.agent.check()
      const [queued, running] = await Promise.all([countJobs(deps.db, 'queued'), countJobs(deps.db, 'running')])
      const uptimeSeconds = Math.floor((deps.clock.now().getTime() - startedAt) / 1000)
      return c.json({ status: 'ok', version: deps.version, uptimeSeconds, queued, running })
    } catch (error) {
      deps.log.error({ err: error }, 'the health check failed')
      const detail = error instanceof UserError ? error.message : 'The database cannot be read; the log has the reason.'
      return c.json({ type: 'about:blank', title: 'Unhealthy', status: 503, detail }, 503)
    }
  })
  return app
}

/** Listens; port 0 takes a free one. Throws a UserError when the address cannot be had. */
export async function listen(app: Hono, address: { host: string; port: number }): Promise<AdminServer> {
  const { host, port } = address
  const server = serve({ fetch: app.fetch, hostname: host, port }) as Server
  const bound = await new Promise<number>((resolve, reject) => {
    server.once('error', error => reject(explainListen(error, host, port)))
    server.once('listening', () => resolve(portOf(server)))
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
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
