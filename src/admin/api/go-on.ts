import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import type { ApiDeps } from './deps.ts'
import { existingJob } from './existing-job.ts'
import { invalid } from './invalid.ts'
import { jobJson } from './job-json.ts'
import { job, jobParameter, json, problems } from './schemas.ts'

const body = <T extends z.ZodType>(schema: T) => ({ required: true, content: { 'application/json': { schema } } })

const retry = createRoute({
  method: 'post',
  path: '/jobs/{id}/retry',
  summary: 'Try a failed or cancelled job again, afresh in an empty workspace',
  request: {
    params: jobParameter,
    query: z.object({
      version: z.enum(['own', 'current']).default('own').openapi({
        description: "Of the instruction: the one that it was asked for with, or today's.",
      }),
    }),
  },
  responses: { 202: json(job, 'The job, queued for a further attempt.'), ...problems(404, 409, 422) },
})
const resume = createRoute({
  method: 'post',
  path: '/jobs/{id}/resume',
  summary: 'Take a failed or cancelled job on, in the same session and workspace',
  request: { params: jobParameter },
  responses: { 202: json(job, 'The job, queued for a further attempt.'), ...problems(404, 409) },
})
const feedback = createRoute({
  method: 'post',
  path: '/jobs/{id}/feedback',
  summary: "Say what you think of a job's result; the last word stands",
  request: { params: jobParameter, body: body(z.strictObject({ good: z.boolean(), words: z.string().optional() })) },
  responses: { 200: json(job, 'The job.'), ...problems(404, 409, 422) },
})
const takeover = createRoute({
  method: 'post',
  path: '/jobs/{id}/takeover',
  summary: 'Hold the conversation of a job, to open its session in a terminal on the server',
  request: { params: jobParameter },
  responses: {
    200: json(z.object({ command: z.string() }), 'The command that opens it there.'),
    ...problems(404, 409),
  },
})
const giveBack = createRoute({
  method: 'delete',
  path: '/jobs/{id}/takeover',
  summary: 'Let a held conversation go on',
  request: { params: jobParameter },
  responses: { 200: json(job, 'The job.'), ...problems(404, 409) },
})

/** What else is done with a job after its end, and with its conversation. */
export function goOnRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  const existing = async ({ id }: { id: string }) => (await existingJob(engine, id)).id
  routes.openapi(retry, async c => {
    const id = await existing(c.req.valid('param'))
    const current = c.req.valid('query').version === 'current'
    return c.json(jobJson(await engine.reopen(id, { cause: 'retry', current }, ADMIN), base), 202)
  })
  routes.openapi(resume, async c => {
    const id = await existing(c.req.valid('param'))
    return c.json(jobJson(await engine.reopen(id, { cause: 'resume' }, ADMIN), base), 202)
  })
  routes.openapi(feedback, async c => {
    const id = await existing(c.req.valid('param'))
    const { good, words } = c.req.valid('json')
    const view = await engine.rate(id, { good, words }, ADMIN)
    return c.json(jobJson(view, base), 200)
  })
  routes.openapi(takeover, async c => {
    const id = await existing(c.req.valid('param'))
    return c.json({ command: await engine.takeOver(id, ADMIN) }, 200)
  })
  routes.openapi(giveBack, async c => {
    const id = await existing(c.req.valid('param'))
    return c.json(jobJson(await engine.giveBack(id, ADMIN), base), 200)
  })
  return routes
}
