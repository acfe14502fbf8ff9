import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { Refusal } from './gate.ts'

/** The API takes no longer body either. */
const MAX_BYTES = 32 * 1024 * 1024

/** What an agent may ask of the API that has no network but a few hosts; `search`: it may search the web. */
export type Confinement = { search: boolean }

/**
 * Gives the body of a request if the API can answer it without going to an address that the agent names: else the API
 * would be its way out, by an image as good as by a tool. Written anew, so that nobody reads in it what was not read
 * here, such as a key that comes twice. Null of what may pass as it is: a request without a body, or, with null, any.
 */
export function createConfinement(
  confined: Confinement | null,
): (request: IncomingMessage) => Promise<string | Refusal | null> {
  let last: Promise<unknown> = Promise.resolve()
  return async request => {
    if (confined === null || request.method !== 'POST') return null
    const read = last.then(() => readConfined(request, confined)) // one at a time: each may be large
    last = read
    return await read
  }
}

async function readConfined(request: IncomingMessage, { search }: Confinement): Promise<string | Refusal> {
  const text = await readAll(request)
  if (text === null) return refused('This request is too long, or broke off.')
  try {
    const whole: unknown = JSON.parse(text)
    const body = shape.parse(whole)
    const isTool = ({ type }: { type?: unknown }) => isOwn(type) || (search && isSearch(type))
    if (
      hasServers(body.mcp_servers) ||
      !(body.tools ?? []).every(isTool) ||
      [body.system, body.messages].some(leadsOut)
    )
      return refused('This job has no network: the API may fetch nothing for it.')
    return JSON.stringify(whole)
  } catch {
    return refused('This request cannot be read.') // it is not JSON of this shape, or nested without end
  }
}

const refused = (message: string): Refusal => ({ status: 400, type: 'invalid_request_error', message })

/** What of a request is looked at here. It is unknown whatever the CLI says: an agent writes requests of its own. */
const shape = z.object({
  mcp_servers: z.unknown().optional(),
  system: z.unknown().optional(),
  messages: z.unknown().optional(),
  tools: z.array(z.object({ type: z.unknown().optional() })).nullish(),
})

/** Tools that the CLI runs itself, or that only look into the request. */
const isOwn = (type: unknown): boolean =>
  type === undefined ||
  type === null ||
  (typeof type === 'string' && /^(custom|(bash|text_editor|computer|memory|tool_search_tool|advisor)_\w+)$/.test(type))

const isSearch = (type: unknown): boolean => typeof type === 'string' && /^web_search_\d+$/.test(type)

const hasServers = (servers: unknown): boolean =>
  servers !== undefined && servers !== null && !(Array.isArray(servers) && servers.length === 0)

/** Where the bytes of an image or a document stand in the request itself. */
const HERE: readonly unknown[] = ['base64', 'text', 'content']

/** True of a block that the API would have to fetch, also in a tool's result or a document; not of a call's input. */
function leadsOut(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(leadsOut)
  if (typeof value !== 'object' || value === null) return false
  const { source, content } = value as { source?: unknown; content?: unknown }
  if (typeof source !== 'object' || source === null) return leadsOut(content)
  return !HERE.includes((source as { type?: unknown }).type) || leadsOut(content) || leadsOut(source)
}

/** Null when it is too long, or its sender has gone. */
async function readAll(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // Not destroyed when it is left early: who sent it is to hear why.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length
      if (bytes > MAX_BYTES) return null
      chunks.push(chunk as Buffer)
    }
  } catch {
    return null
  }
  return Buffer.concat(chunks).toString()
}
