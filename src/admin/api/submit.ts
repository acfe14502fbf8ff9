import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import { uploadsOf, withFiles } from '../uploads.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { jobJson } from './job-json.ts'
import { job, json, problems } from './schemas.ts'
import { AT_MOST, isForm, takeFiles } from './takes-files.ts'

const inputs = z.record(z.string(), z.unknown())
const priority = z.number().int().min(-100).max(100)
const A_TIME = 'must be a time such as 2026-12-01T09:00:00Z'
const notBefore = z.iso
  .datetime({ offset: true, error: A_TIME, abort: true })
  .refine(text => new Date(text).getUTCFullYear() <= 9999, A_TIME) // a longer year sorts before all others

const asJson = z
  .object({
    instruction: z.string(),
    inputs: inputs.default({}).openapi({ example: { topic: 'Winter tyres', sources: ['job:4x7k2m9q/notes.md'] } }),
    priority: priority.default(0),
    notBefore: notBefore.optional(),
  })
  .strict()
const asForm = z
  .object({
    instruction: z.string(),
    inputs: z
      .string()
      .default('{}')
      .transform((text, { issues }) => {
        try {
          return inputs.parse(JSON.parse(text))
        } catch {
          issues.push({
            code: 'custom',
            message: 'must be a JSON object, such as {"topic":"Winter tyres"}',
            input: text,
          })
          return z.NEVER
        }
      })
      .openapi({ type: 'string', description: 'The inputs that are no files, as a JSON object.' }),
    priority: z.coerce.number().pipe(priority).default(0),
    notBefore: notBefore.optional(),
  })
  .catchall(z.unknown())
  .openapi({ description: 'Every further part is a file, named by its input.' })

const submit = createRoute({
  method: 'post',
  path: '/jobs',
  summary: 'Submit a job',
  description: `A file input is a part of a multipart request, or "job:<id>/<path>". ${AT_MOST}`,
  request: {
    headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
    body: { content: { 'application/json': { schema: asJson }, 'multipart/form-data': { schema: asForm } } },
  },
  responses: { 202: json(job, 'The job, queued; or the one that the key made.'), ...problems(400, 409, 413, 422) },
})

/** Making jobs. */
export function submitRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  takeFiles(routes, '/jobs')
  routes.openapi(submit, async c => {
    const body = isForm(c) ? c.req.valid('form') : c.req.valid('json')
    const { instruction, inputs: given, priority, notBefore, ...parts } = body
    const key = c.req.valid('header')['idempotency-key']
    const view = await engine.submit({
      instruction,
      inputs: await withFiles(engine, instruction, { ...given, ...uploadsOf(parts) }),
      origin: ADMIN,
      priority,
      ...(notBefore !== undefined && { notBefore: new Date(notBefore) }),
      ...(key !== undefined && { idempotencyKey: key }),
    })
    return c.json(jobJson(view, base), 202)
  })
  return routes
}
