import type { Hook } from '@hono/zod-openapi'
import type { ClientEnv } from '../client.ts'
import { problem } from '../problem.ts'

/** What a request that does not fit its schema gets: 422 for what was sent in the body, 400 for the rest. */
export const invalid: Hook<unknown, ClientEnv, string, unknown> = (result, c) => {
  if (result.success) return
  const errors = result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
  const detail = errors.map(({ field, message }) => `${field || 'the request'}: ${message}`).join('; ')
  return problem(c, result.target === 'json' || result.target === 'form' ? 422 : 400, detail, errors)
}
