import type { Hook, z } from '@hono/zod-openapi'
import { faultsOf, schemaWords } from '../../engine/instructions/schema-words.ts'
import type { ClientEnv } from '../client.ts'
import { problem } from '../problem.ts'

/** What a request that does not fit its schema gets: 422 for what was sent in the body, 400 for the rest. */
export const invalid: Hook<unknown, ClientEnv, string, unknown> = (result, c) => {
  if (result.success) return
  const faults = faultsOf({ issues: result.error.issues.map(inOurWords) }, 'The request')
  const errors = faults.map(({ path, message }) => ({ field: path.join('.'), message }))
  const detail = errors.map(({ message }) => message).join(' ')
  return problem(c, result.target === 'json' || result.target === 'form' ? 422 : 400, detail, errors)
}

/** A message of a schema's own follows the name of the thing and begins small; one of the library begins with a capital. */
function inOurWords(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (!/^[A-Z]/.test(issue.message)) return issue
  const input = issue.message.endsWith('received undefined') ? undefined : null // of the value this is all that is told
  const words = schemaWords({ ...issue, input } as z.core.$ZodRawIssue)
  return typeof words === 'string' ? { ...issue, message: words } : issue
}
