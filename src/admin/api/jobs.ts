import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import { cursorParameter, cursorText } from '../cursor.ts'
import { FORMATS } from '../live/format.ts'
import { storedLines } from '../live/live.ts'
import type { ApiDeps } from './deps.ts'
import { existingJob } from './existing-job.ts'
import { invalid } from './invalid.ts'
import { jobJson } from './job-json.ts'
import { job, jobParameter, jobStatus, json, problems } from './schemas.ts'

const list = createRoute({
  method: 'get',
  path: '/jobs',
  summary: 'Jobs, newest first',
  request: {
    query: z.object({
      status: jobStatus.optional(),
      instruction: z.string().optional(),
      user: z.string().optional().openapi({ description: 'An actor key such as user:slack:U024, or a name.' }),
      q: z.string().optional().openapi({ description: 'A part of the title or instruction, or an id.' }),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: cursorParameter.optional().openapi({ type: 'string' }),
    }),
  },
  responses: {
    200: json(
      z.object({ jobs: z.array(job), nextCursor: z.string().nullable() }),
      'A page. With `q` or a name in `user` it may be short, or empty, and `nextCursor` goes on all the same.',
    ),
    ...problems(400),
  },
})

const one = createRoute({
  method: 'get',
  path: '/jobs/{id}',
  summary: 'One job',
  request: { params: jobParameter },
  responses: { 200: json(job, 'The job.'), ...problems(404) },
})

const cancel = createRoute({
  method: 'post',
  path: '/jobs/{id}/cancel',
  summary: 'Cancel a job that has not ended',
  request: { params: jobParameter },
  responses: { 202: json(job, 'The job; a running one ends soon.'), ...problems(404, 409) },
})

const logs = createRoute({
  method: 'get',
  path: '/jobs/{id}/logs',
  summary: 'The log of a job, live',
  description:
    'Server-Sent Events: `log` and `status` carry a line with its number as id, `partial` what the agent is writing just now, `done` the job at the end. Goes on after `Last-Event-ID` or `after`.',
  request: {
    params: jobParameter,
    query: z.object({
      after: z.coerce.number().int().min(0).optional(),
      format: z.enum(FORMATS).default('sse'),
      follow: z.enum(['0', '1']).default('1'),
    }),
    headers: z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() }),
  },
  responses: {
    200: { content: { 'text/event-stream': { schema: z.string() } }, description: 'The stream.' },
    ...problems(400, 404),
  },
})

/** Reading and stopping jobs. */
export function jobRoutes({ engine, db, live, writers, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })

  routes.openapi(list, async c => {
    const { cursor, ...filter } = c.req.valid('query')
    const { jobs, next } = await engine.jobs({ ...filter, after: cursor })
    return c.json({ jobs: jobs.map(view => jobJson(view, base)), nextCursor: next && cursorText(next) }, 200)
  })
  routes.openapi(one, async c => {
    return c.json(jobJson(await existingJob(engine, c.req.valid('param').id), base), 200)
  })
  routes.openapi(cancel, async c => {
    const { id } = await existingJob(engine, c.req.valid('param').id)
    return c.json(jobJson(await engine.cancel(id, ADMIN), base), 202)
  })
  routes.openapi(logs, async c => {
    const { id } = await existingJob(engine, c.req.valid('param').id)
    const { after: asked = 0, format, follow } = c.req.valid('query')
    const after = c.req.valid('header')['last-event-id'] ?? asked
    const response = c.env?.outgoing
    const writer = writers[format]
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': writer.contentType })
    if (follow === '0' || !response)
      return c.body(storedLines(db, id, after, writer), 200, {
        'content-type': writer.contentType,
        'content-disposition': `attachment; filename="${id}.${format === 'ndjson' ? 'ndjson' : 'log'}"`,
      })
    void live.stream(id, after, format, response)
    return RESPONSE_ALREADY_SENT
  })
  return routes
}
