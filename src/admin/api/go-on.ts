import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { isJobId } from '../../job.ts'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import type { ApiDeps } from './deps.ts'
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
const followUp = createRoute({
  method: 'post',
  path: '/jobs/{id}/follow-up',
  summary: 'Go on with the conversation of a job',
  description:
    'While a job of it goes on: `queue` waits for its end, `now` is said into its running turn, `instead` stops it first. Where no turn can hear it, `now` waits like `queue`.',
  request: {
    params: jobParameter,
    body: body(
      z.strictObject({
        text: z.string().openapi({ example: 'Make it shorter.' }),
        when: z.enum(['queue', 'now', 'instead']).default('queue'),
      }),
    ),
  },
  responses: {
    200: json(job, 'The job that has heard it.'),
    202: json(job, 'The new job of the same conversation.'),
    ...problems(404, 409, 422),
  },
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

/** What is done with a job after its end, and with its conversation. */
export function goOnRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  const existing = async ({ id }: { id: string }): Promise<string> => {
    if (isJobId(id) && (await engine.job(id))) return id
    throw new HTTPException(404, { message: `There is no job "${id}": \`errand jobs\` lists them.` })
  }
  routes.openapi(retry, async c => {
    const id = await existing(c.req.valid('param'))
    const current = c.req.valid('query').version === 'current'
    return c.json(jobJson(await engine.reopen(id, { cause: 'retry', current }, ADMIN), base), 202)
  })
  routes.openapi(resume, async c => {
    const id = await existing(c.req.valid('param'))
    return c.json(jobJson(await engine.reopen(id, { cause: 'resume' }, ADMIN), base), 202)
  })
  routes.openapi(followUp, async c => {
    const id = await existing(c.req.valid('param'))
    const { job: next, said } = await engine.followUp(id, c.req.valid('json'), ADMIN)
    return c.json(jobJson(next, base), said ? 200 : 202)
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
