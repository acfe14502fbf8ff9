import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import { openFiles } from '../uploads.ts'
import type { ApiDeps } from './deps.ts'
import { existingJob } from './existing-job.ts'
import { invalid } from './invalid.ts'
import { jobJson } from './job-json.ts'
import { job, jobParameter, json, problems } from './schemas.ts'
import { AT_MOST, isForm, takeFiles } from './takes-files.ts'

const when = z.enum(['queue', 'now', 'instead']).default('queue')
const named = z.array(z.string()).openapi({ description: 'Outputs of earlier jobs, as `job:<id>/<path>`.' })
const part = z.union([z.string(), z.instanceof(File)])
const parts = z
  .union([part.transform(one => [one]), z.array(part)])
  .openapi({ type: 'array', items: { type: 'string', format: 'binary' } })

const asJson = z.strictObject({
  text: z.string().openapi({ example: 'Make it shorter.' }),
  when,
  files: named.default([]),
})
const asForm = z.strictObject({ text: z.string().default(''), when, files: parts.default([]) })

const followUp = createRoute({
  method: 'post',
  path: '/jobs/{id}/follow-up',
  summary: 'Go on with the conversation of a job',
  description: `While a job of it goes on: \`queue\` waits for its end, \`now\` is said into its running turn, \`instead\` stops it first. Where no turn can hear it, \`now\` waits like \`queue\`. Files are parts \`files\` of a multipart request, or outputs as "job:<id>/<path>"; with them the text may be empty. ${AT_MOST}`,
  request: {
    params: jobParameter,
    body: {
      content: { 'application/json': { schema: asJson }, 'multipart/form-data': { schema: asForm } },
    },
  },
  responses: {
    200: json(job, 'The job that has heard it.'),
    202: json(job, 'The new job of the same conversation.'),
    ...problems(400, 404, 409, 413, 422),
  },
})

/** Going on with a conversation. */
export function followUpRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  takeFiles(routes, '/jobs/:id/follow-up')
  routes.openapi(followUp, async c => {
    const { id } = await existingJob(engine, c.req.valid('param').id)
    const { files: given, ...reply } = isForm(c) ? c.req.valid('form') : c.req.valid('json')
    const files = await openFiles(engine, 'files', given)
    const { job: next, said } = await engine.followUp(id, { ...reply, files }, ADMIN)
    return c.json(jobJson(next, base), said ? 200 : 202)
  })
  return routes
}
