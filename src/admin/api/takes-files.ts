import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { size } from '../../words.ts'
import type { ClientEnv } from '../client.ts'
import { problem } from '../problem.ts'
import { MAX_BODY_BYTES } from '../uploads.ts'

/** How much a request with files may bring. */
export const AT_MOST = `At most ${size(MAX_BODY_BYTES)} in all.`

const TOO_LARGE = `The request is larger than ${size(MAX_BODY_BYTES)}. Send fewer or smaller files; nothing was started.`

/** Lets a route take JSON, and a form with files in the place of it: refuses what is too large, or anything else. */
export function takeFiles(routes: OpenAPIHono<ClientEnv>, path: string): void {
  routes.post(path, bodyLimit({ maxSize: MAX_BODY_BYTES, onError: c => problem(c, 413, TOO_LARGE) }))
  routes.post(path, async (c, next) => {
    if (isForm(c) || /^application\/json\b/i.test(c.req.header('content-type') ?? '')) return await next()
    throw new HTTPException(415, { message: 'Send JSON (application/json), or multipart/form-data with files.' })
  })
}

/** True for a request that is a form. */
export const isForm = (c: Context): boolean => /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '')
