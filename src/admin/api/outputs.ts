import { createReadStream } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { OutputView } from '../../engine/view.ts'
import { isJobId } from '../../job.ts'
import type { ClientEnv } from '../client.ts'
import { cursorParameter, cursorText } from '../cursor.ts'
import type { ApiDeps } from './api.ts'
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
export function outputRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
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
    request: { params: jobParameter.extend({ path: z.string().openapi({ example: 'brief.md' }) }) },
    responses: { 200: { description: 'The bytes.' }, ...problems(404) },
  })
  routes.get('/jobs/:id/outputs/:path{.+}', async c => {
    const id = c.req.param('id')
    const found = isJobId(id) ? await engine.job(id) : null
    // Only a name that was recorded leads to a file; the text of the address never does.
    const wanted = found?.outputs.find(({ path }) => path === c.req.param('path'))
    if (!wanted) throw new HTTPException(404, { message: `Job "${id}" has no such output.` })
    return await serve(wanted, c.req.method === 'HEAD')
  })
  return routes
}

/** The bytes of an output, never to be shown or run by a browser in our name. */
async function serve({ path, bytes, type, sha256, file }: OutputView, headOnly: boolean): Promise<Response> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => error,
  )
  const headers = {
    'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    'content-disposition': `attachment; filename*=UTF-8''${encodeHeader(path.split('/').at(-1) ?? '')}`,
    'content-length': String(bytes),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, max-age=3600',
    etag: `"${sha256}"`,
  }
  if (handle instanceof Error)
    throw new HTTPException(404, { message: `The file ${path} is no longer kept on this server (${handle.code}).` })
  if (headOnly) {
    await handle.close() // nobody would read it to its end
    return new Response(null, { headers })
  }
  return new Response(Readable.toWeb(createReadStream('', { fd: handle })) as ReadableStream, { headers })
}

/** After RFC 8187: what `encodeURIComponent` leaves and a header does not take is escaped too. */
const encodeHeader = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, char => `%${char.charCodeAt(0).toString(16)}`)
