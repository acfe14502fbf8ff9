import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Problem, UserError } from '../errors.ts'
import type { Log } from '../log.ts'

/** An error as the API gives it, after RFC 9457. */
export type ProblemBody = { type: string; title: string; status: number; detail: string; errors?: readonly Problem[] }

const TITLES: Partial<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not logged in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  410: 'Over',
  413: 'Too large',
  415: 'Unsupported content',
  422: 'Wrong input',
  429: 'Too many attempts',
  500: 'Something broke',
  503: 'Unhealthy',
}

/** Answers with a problem; `detail` is one sentence for a person. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  detail: string,
  errors: readonly Problem[] = [],
): Response {
  const title = TITLES[status] ?? 'Error'
  const body: ProblemBody = { type: 'about:blank', title, status, detail, ...(errors.length > 0 && { errors }) }
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' })
}

const STATUS_OF: Record<UserError['kind'], 403 | 409 | 422 | 503> = {
  usage: 422,
  conflict: 409,
  runtime: 503,
  forbidden: 403,
}

/** What any throw of a route becomes: a UserError is told, everything else is logged whole and told as broken. */
export const problemOf =
  (log: Log): ErrorHandler =>
  (error, c) => {
    if (error instanceof UserError) return problem(c, STATUS_OF[error.kind], error.message, error.problems)
    if (error instanceof HTTPException) return problem(c, error.status as ContentfulStatusCode, error.message)
    log.error({ err: error, path: c.req.path }, 'a request broke')
    return problem(c, 500, 'Something broke while this was answered; the log of the server has the reason.')
  }
