import { Readable } from 'node:stream'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { Engine } from '../../engine/engine.ts'
import type { Upload } from '../../engine/instructions/instruction.ts'
import { isJobFile, parseJobFile } from '../../engine/instructions/job-file.ts'
import { UserError } from '../../errors.ts'
import { size } from '../../words.ts'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import { problem } from '../problem.ts'
import type { ApiDeps } from './api.ts'
import { invalid } from './invalid.ts'
import { jobJson } from './job-json.ts'
import { job, json, problems } from './schemas.ts'

/** What one request may bring along, its files together; it is held in memory while it is read. */
const MAX_BODY_BYTES = 50_000_000

const inputs = z.record(z.string(), z.unknown())
const priority = z.number().int().min(-100).max(100)
const A_TIME = 'must be a time such as 2026-12-01T09:00:00Z'
const notBefore = z.iso
  .datetime({ offset: true, error: A_TIME })
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
  description: `A file input is a part of a multipart request, or "job:<id>/<path>". At most ${size(MAX_BODY_BYTES)} in all.`,
  request: {
    headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
    body: { content: { 'application/json': { schema: asJson }, 'multipart/form-data': { schema: asForm } } },
  },
  responses: { 202: json(job, 'The job, queued; or the one that the key made.'), ...problems(400, 409, 413, 422) },
})

/** Making jobs. */
export function submitRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  const tooLarge = `The request is larger than ${size(MAX_BODY_BYTES)}. Send fewer or smaller files; nothing was started.`
  routes.post('/jobs', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: c => problem(c, 413, tooLarge) }))
  routes.post('/jobs', async (c, next) => {
    if (isForm(c) || /^application\/json\b/i.test(c.req.header('content-type') ?? '')) return await next()
    throw new HTTPException(415, { message: 'Send JSON (application/json), or multipart/form-data with files.' })
  })
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

const isForm = (c: Context): boolean => /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '')

/** The files of a form by input. */
function uploadsOf(parts: Record<string, unknown>): Record<string, unknown> {
  const uploadOf = (part: unknown): unknown =>
    part instanceof File ? { name: part.name, open: () => Readable.from(part.stream()) } : part
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, (Array.isArray(part) ? part : [part]).map(uploadOf)]),
  )
}

/** Puts the outputs of earlier jobs in the place of their names, in every input that takes files. */
async function withFiles(
  engine: Pick<Engine, 'instructions' | 'openOutput'>,
  instruction: string,
  given: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const files =
    engine
      .instructions()
      .byName.get(instruction)
      ?.inputs.filter(({ type }) => type === 'file') ?? []
  const opened = { ...given }
  for (const { name } of files) {
    if (!Object.hasOwn(given, name)) continue
    const values = Array.isArray(given[name]) ? given[name] : [given[name]]
    opened[name] = await Promise.all(values.map(value => openNamed(engine, name, value)))
  }
  return opened
}

async function openNamed(engine: Pick<Engine, 'openOutput'>, input: string, value: unknown): Promise<Upload | unknown> {
  if (typeof value !== 'string') return value
  const named = isJobFile(value) ? parseJobFile(value) : null
  if (named) return await engine.openOutput(named.job, named.path, ADMIN)
  const message = `\`${input}\` must be a file: a part of a multipart request, or an output as \`job:<id>/<path>\`.`
  throw new UserError(message, { problems: [{ field: input, message }] })
}
