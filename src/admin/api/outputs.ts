import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { outputsOf } from '../../engine/view.ts'
import { isJobId } from '../../job.ts'
import type { ClientEnv } from '../client.ts'
import { cursorParameter, cursorText } from '../cursor.ts'
import { serveOutput } from '../serve-output.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { outputUrl } from './job-json.ts'
import { jobParameter, json, output, problems } from './schemas.ts'

const outputOfJob = output.extend({
  job: z.string(),
  instruction: z.string(),
  title: z.string(),
  finishedAt: z.string().nullable(),
})

const list = createRoute({
  method: 'get',
  path: '/outputs',
  summary: 'The outputs of all jobs, newest first',
  request: {
    query: z.object({
      instruction: z.string().optional(),
      q: z.string().optional().openapi({ description: "A part of a file's name, of the job's title, or a job's id." }),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(200)
        .default(50)
        .openapi({ description: 'How many jobs a page covers.' }),
      cursor: cursorParameter.optional().openapi({ type: 'string' }),
    }),
  },
  responses: {
    200: json(z.object({ outputs: z.array(outputOfJob), nextCursor: z.string().nullable() }), 'A page.'),
    ...problems(400),
  },
})

/** Lists and serves what jobs made. */
export function outputRoutes({ engine, db, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  routes.openapi(list, async c => {
    const { cursor, ...filter } = c.req.valid('query')
    const { jobs, next } = await engine.jobs({ ...filter, outputs: true, after: cursor })
    const outputs = jobs.flatMap(({ id, instruction, title, finishedAt, outputs }) =>
      outputs.map(({ file, ...rest }) => {
        return { ...rest, url: outputUrl(base, id, rest.path), job: id, instruction, title, finishedAt }
      }),
    )
    return c.json({ outputs, nextCursor: next && cursorText(next) }, 200)
  })
  routes.openAPIRegistry.registerPath({
    method: 'get',
    path: '/jobs/{id}/outputs/{path}',
    summary: 'An output, as an attachment',
    request: {
      params: jobParameter.extend({ path: z.string().openapi({ example: 'brief.md' }) }),
      query: z.object({
        attempt: z.coerce.number().int().optional().openapi({ description: 'An earlier one; else the latest.' }),
      }),
    },
    responses: { 200: { description: 'The bytes.' }, ...problems(404) },
  })
  routes.get('/jobs/:id/outputs/:path{.+}', async c => {
    const id = c.req.param('id')
    const found = isJobId(id) ? await engine.job(id) : null
    const attempt = Number(c.req.query('attempt') ?? found?.attempt)
    const outputs = attempt === found?.attempt ? found.outputs : await outputsOf(db, id, attempt)
    // Only a name that was recorded leads to a file; the text of the address never does.
    const wanted = outputs.find(({ path }) => path === c.req.param('path'))
    if (!wanted) throw new HTTPException(404, { message: `Job "${id}" has no such output.` })
    return await serveOutput(wanted, c.req.method === 'HEAD')
  })
  return routes
}
