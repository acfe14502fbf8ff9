import { z } from 'zod'
import { messageOf, UserError } from '../errors.ts'
import type { Target } from './target.ts'

/** Asks a running server. Every refusal is a UserError: `runtime` where it might answer later, else what it says. */
export type Client = {
  /** An answer as JSON, whole and as the schema has it. */
  read<T>(path: string, schema: z.ZodType<T>, init?: RequestInit): Promise<{ body: unknown; value: T }>
  /** An answer whose body is still to be read. */
  open(path: string, init?: RequestInit): Promise<Response>
}

export function createClient({ url, token }: Target): Client {
  const open: Client['open'] = async (path, { headers, ...init } = {}) => {
    const request = { ...init, headers: { authorization: `Bearer ${token}`, ...headers } }
    const response = await fetch(`${url}${path}`, request).catch((cause: Error) => {
      const why = messageOf(cause.cause ?? cause)
      throw new UserError(
        `No server answers at ${url} (${why}). Start it, or set ERRAND_URL to the address of the one that you mean.`,
        { kind: 'runtime', cause },
      )
    })
    if (!response.ok) throw await refusalOf(response, url)
    return response
  }
  return {
    open,
    read: async (path, schema, init) => {
      const response = await open(path, init)
      const body: unknown = await response.json().catch(() => null) // not ours, which the schema says
      const parsed = schema.safeParse(body)
      if (!parsed.success) throw foreign(url, response.status)
      return { body, value: parsed.data }
    },
  }
}

/** A body of JSON to post. */
export const posting = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

const problem = z.object({ detail: z.string(), errors: z.array(z.object({ message: z.string() })).default([]) })

/** What a person can mend in the request itself. */
const USAGE = [400, 401, 413, 415, 422]

async function refusalOf(response: Response, url: string): Promise<UserError> {
  const { status } = response
  const { data } = problem.safeParse(await response.json().catch(() => null))
  if (!data) return foreign(url, status)
  if (status === 401)
    return new UserError(`The server at ${url} does not take this token. Set ERRAND_TOKEN to its admin token.`)
  const text = data.errors.length > 1 ? data.errors.map(({ message }) => message).join('\n') : data.detail
  return new UserError(text, { kind: USAGE.includes(status) ? 'usage' : status < 500 ? 'conflict' : 'runtime' })
}

const foreign = (url: string, status: number): UserError =>
  new UserError(
    `What answers at ${url} is no Errand server of this version (status ${status}). Check ERRAND_URL, and update the older one.`,
    { kind: status < 500 ? 'conflict' : 'runtime' },
  )
