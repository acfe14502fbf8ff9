import { Hono } from 'hono'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { countJobs } from '../db/job.ts'
import type { Agent } from '../engine/agent.ts'
import { UserError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { ClientEnv } from './client.ts'
import { problem } from './problem.ts'

/** `GET /health`, open to all: 200 while the database and the agent's program can be used, else 503 and why not. */
export function healthRoutes(deps: {
  db: Db
  agent: Pick<Agent, 'check'>
  clock: Clock
  log: Log
  version: string
}): Hono<ClientEnv> {
  const startedAt = deps.clock.now().getTime()
  const routes = new Hono<ClientEnv>()
  routes.get('/health', async c => {
    try {
      await deps.agent.check()
      const [queued, running] = await Promise.all([countJobs(deps.db, 'queued'), countJobs(deps.db, 'running')])
      const uptimeSeconds = Math.floor((deps.clock.now().getTime() - startedAt) / 1000)
      return c.json({ status: 'ok', version: deps.version, uptimeSeconds, queued, running })
    } catch (error) {
      deps.log.error({ err: error }, 'the health check failed')
      const detail = error instanceof UserError ? error.message : 'The database cannot be read; the log has the reason.'
      return problem(c, 503, detail)
    }
  })
  return routes
}
