import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createGateway, type Gateway } from './discord/gateway.ts'
import { createPeople, type People } from './discord/people.ts'
import { type Call, route, type Wire } from './discord/routes.ts'
import { createState, type Json, Refusal, type State } from './discord/state.ts'

export const TOKEN = 'discord-token-of-the-tests'

/** What happens to the next call that fits: `status` answers with it before or after it took effect; `cut` drops the connection after. */
export type Fault = {
  method: string
  path: RegExp
  how: 'before' | 'after' | 'cut'
  status?: number
  body?: Json
  times?: number
}

export type DiscordServer = People & {
  url: string
  state: State
  gateway: Gateway
  calls: { method: string; path: string; body: Json }[]
  fail(fault: Fault): void
  /** Moves the server's clock on. */
  advance(ms: number): void
  stop(): Promise<void>
}

/** A Discord on loopback, as far as the bot uses it, that enforces what Discord enforces. */
export async function startDiscord(options: { content?: boolean } = {}): Promise<DiscordServer> {
  let offset = 0
  const state = createState(() => offset)
  const faults: Fault[] = []
  const calls: DiscordServer['calls'] = []
  const buckets = new Map<string, { left: number; resetAt: number }>()
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const gateway = createGateway(server, state, TOKEN, { content: options.content ?? true })
  const wire: Wire = { state, url: () => url, send: gateway.send, strip: gateway.strip }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const address = new URL(request.url ?? '/', url)
    if (address.pathname.startsWith('/cdn/')) return cdn(state, address.pathname, response)
    const call = await readCall(request, address)
    const path = call.path.join('/')
    calls.push({ method: call.method, path, body: call.body })
    const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { ...(body === null ? {} : { 'content-type': 'application/json' }), ...headers })
      response.end(body === null ? undefined : JSON.stringify(body))
    }
    const fault = faults.find(
      ({ method, path: where, times = 1 }) => times > 0 && method === call.method && where.test(path),
    )
    if (fault) fault.times = (fault.times ?? 1) - 1
    if (fault?.how === 'before') return json(fault.status ?? 500, fault.body ?? { message: 'fault', code: 0 })
    if (request.headers.authorization !== `Bot ${TOKEN}` && !/^(interactions|webhooks)/.test(path))
      return json(401, { message: '401: Unauthorized', code: 0 })
    if (path === 'gateway/bot') {
      const session_start_limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 }
      return json(200, { url: url.replace('http', 'ws'), shards: 1, session_start_limit })
    }
    const limited = limit(buckets, call)
    if (limited.retryAfter !== null)
      return json(
        429,
        { message: 'You are being rate limited.', retry_after: limited.retryAfter, global: false },
        { 'retry-after': String(limited.retryAfter), ...limited.headers },
      )
    try {
      const body = await route(wire, call)
      if (fault?.how === 'cut') return void response.destroy()
      if (fault?.how === 'after') return json(fault.status ?? 500, { message: 'fault', code: 0 })
      json(body === null ? 204 : 200, body, limited.headers)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      json(error.status, { message: error.message, code: error.code }, limited.headers)
    }
  }
  return {
    ...createPeople(wire),
    ...{ url: `${url}/api`, state, gateway, calls },
    fail: fault => void faults.push(fault),
    advance: ms => {
      offset += ms
    },
    stop: async () => {
      gateway.close()
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Five posts or edits a channel in a second: Discord allows five in five, and a test has no five seconds. */
function limit(buckets: Map<string, { left: number; resetAt: number }>, { method, path }: Call) {
  if (path[0] !== 'channels' || path[2] !== 'messages' || method === 'GET') return { retryAfter: null, headers: {} }
  const name = `${method}-${path[1]}`
  const known = buckets.get(name)
  const bucket = known && known.resetAt > Date.now() ? known : { left: 5, resetAt: Date.now() + 1000 }
  buckets.set(name, bucket)
  const after = (bucket.resetAt - Date.now()) / 1000
  bucket.left -= 1
  const headers = {
    'x-ratelimit-limit': '5',
    'x-ratelimit-remaining': String(Math.max(0, bucket.left)),
    'x-ratelimit-reset-after': String(after),
    'x-ratelimit-bucket': method,
  }
  return { retryAfter: bucket.left < 0 ? after : null, headers }
}

async function readCall(request: IncomingMessage, address: URL): Promise<Call> {
  const path = address.pathname
    .replace(/^\/api\/v10\//, '')
    .split('/')
    .map(decodeURIComponent)
  const call: Call = { method: request.method ?? 'GET', path, query: address.searchParams, body: {}, files: new Map() }
  const raw = await buffer(request)
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('multipart/')) {
    const form = await new Response(raw, { headers: { 'content-type': type } }).formData()
    call.body = JSON.parse(String(form.get('payload_json') ?? '{}')) as Json
    for (const [name, value] of form) if (value instanceof File) call.files.set(Number(name.match(/\d+/)?.[0]), value)
  } else if (raw.length > 0) call.body = JSON.parse(String(raw)) as Json
  return call
}

function cdn(state: State, path: string, response: ServerResponse): void {
  const id = path.split('/')[2]
  const all = [...state.messages.values()].flatMap(message => message.attachments)
  const found = all.find(attachment => attachment.id === id) ?? state.uploads.get(id ?? '')
  response.writeHead(found ? 200 : 404)
  response.end(found?.body)
}
