import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEmulator } from 'emulate'
import { BOT_SCOPES } from '../../src/bot/slack/manifest.ts'
import { blocksRefusal, type Fields, readFields } from './slack-fields.ts'
import { call, type Delivered, type HttpEnd, type Kind, openLink } from './slack-link.ts'

/** One call of the bot, with what it was answered. `at` is in milliseconds. */
export type Call = { method: string; args: Fields; answer: Fields | null; status: number; at: number }

/**
 * What goes wrong with one call. `before`: it is not done. `after`: it is done, and the answer is lost. A number is the
 * HTTP status, `drop` breaks the connection, `limit` is a 429 with that Retry-After in seconds.
 */
export type Fault = {
  method: string
  when: 'before' | 'after'
  how: number | 'drop' | { limit: number } | { error: string }
}

type Patch = { method: string; [part: string]: unknown }

export type SlackServer = {
  /** For SLACK_API_URL. */
  apiUrl: string
  botToken: string
  appToken: string
  bot: string
  ann: string
  channel: string
  calls: Call[]
  /** Texts that went to response_urls. */
  responses: Fields[]
  faults: Fault[]
  /** What the answers of a method say in the place of the emulator's: it knows no guests. */
  patches: Patch[]
  /** Calls the emulator's Web API as the bot or as anyone else. */
  api(method: string, args: Fields, token?: string): Promise<Fields>
  /** Set: Slack calls this, signed, in the place of the socket. */
  http: HttpEnd | null
  /** Sends over the socket, or over HTTP. Resolves once it is acknowledged, or after the time that Slack waits. */
  deliver(type: Kind, payload: Fields, waitMs?: number): Promise<Delivered>
  /** A trigger that opens one form, within three seconds. */
  trigger(user?: string): Promise<string>
  responseUrl(): string
  /** How many sockets are open. */
  sockets(): number
  /** Ends the sockets: as Slack does when it refreshes them, or as a cable that is pulled. */
  dropSockets(how: 'refresh' | 'cut'): void
}

const APP = 'A0ERRAND'
const BOT_TOKEN = 'xoxb-errand'
/** A person who may do everything, for what tests set up. */
const ADMIN_TOKEN = 'xoxp-admin'
const APP_TOKEN = 'xapp-errand'
const ACK_MS = 3000

/** A Slack on loopback: the emulator's Web API, and in front of it what it has not. */
export async function startSlack(
  options: { scopes?: readonly string[] } = {},
): Promise<SlackServer & { stop(): Promise<void> }> {
  const front = createServer()
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const url = `http://127.0.0.1:${portOf(front)}`
  const port = await freePort()
  const behind = `http://127.0.0.1:${port}` // its own `url` is the front's
  const emulator = await createEmulator({
    service: 'slack',
    port,
    baseUrl: url,
    seed: { slack: seed(options.scopes ?? BOT_SCOPES) },
  })
  const calls: Call[] = []
  const responses: Fields[] = []
  const faults: Fault[] = []
  const patches: Patch[] = []
  const { sockets, send } = openLink(front)
  front.on('request', (request, response) => {
    const scopes = options.scopes ?? BOT_SCOPES
    const deps = { emulator: behind, url, scopes, calls, responses, faults, patches }
    void serve(request, response, deps).catch(error => response.writeHead(500).end(String(error)))
  })

  const api = async (method: string, args: Fields, token = BOT_TOKEN) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${behind}/api/${method}`, { method: 'POST', headers, body: JSON.stringify(args) })
    return (await answer.json()) as Fields
  }
  const people = ((await api('users.list', {}, ADMIN_TOKEN)).members ?? []) as { id: string; name: string }[]
  const ann = people.find(({ name }) => name === 'ann')?.id ?? ''
  const made = (await api('conversations.create', { name: 'briefs' }, ADMIN_TOKEN)).channel as { id: string }
  await api('conversations.invite', { channel: made.id, users: `${ann},U0BOT` }, ADMIN_TOKEN)

  const server: SlackServer & { stop(): Promise<void> } = {
    http: null,
    apiUrl: `${url}/api/`,
    ...{
      botToken: BOT_TOKEN,
      appToken: APP_TOKEN,
      bot: 'U0BOT',
      ann,
      channel: made.id,
      calls,
      responses,
      faults,
      patches,
      api,
    },
    deliver: async (type, payload, waitMs = ACK_MS) =>
      server.http ? await call(server.http, type, payload) : await send(type, payload, waitMs),
    trigger: async (user = ann) => String((await api('views.generateTriggerId', { user_id: user })).trigger_id),
    responseUrl: () => `${url}/response/${crypto.randomUUID()}`,
    sockets: () => sockets.size,
    dropSockets: how => {
      for (const socket of sockets) {
        sockets.delete(socket) // from now on what is sent goes to the one that takes its place
        if (how === 'cut') socket.terminate()
        else socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }))
      }
    },
    stop: async () => {
      for (const socket of sockets) socket.terminate()
      front.close()
      front.closeAllConnections()
      await emulator.close()
    },
  }
  return server
}

function seed(scopes: readonly string[]) {
  const bot = { app_id: APP, bot_id: 'B0BOT', bot_user_id: 'U0BOT' }
  const secrets = { client_id: 'client', client_secret: 'secret', redirect_uris: [] }
  return {
    strict_scopes: true,
    users: [
      { name: 'ann', real_name: 'Ann' },
      { name: 'ben', real_name: 'Ben' },
    ],
    oauth_apps: [{ ...bot, ...secrets, name: 'Errand', bot_name: 'errand', scopes }],
    tokens: [
      { ...bot, token: BOT_TOKEN, type: 'bot', user_id: 'U0BOT', scopes },
      { token: ADMIN_TOKEN, type: 'user', user: 'admin', scopes: [...BOT_SCOPES, 'channels:manage', 'groups:write'] },
    ],
  }
}

type Front = {
  emulator: string
  url: string
  scopes: readonly string[]
  calls: Call[]
  responses: Fields[]
  faults: Fault[]
  patches: Patch[]
}

async function serve(request: IncomingMessage, response: ServerResponse, front: Front): Promise<void> {
  const body = await readBody(request)
  const path = request.url ?? '/'
  if (path.startsWith('/response/')) {
    front.responses.push(JSON.parse(String(body)) as Fields)
    return void response.end('ok')
  }
  const method = path.startsWith('/api/') ? path.slice('/api/'.length) : path.startsWith('/upload/') ? 'upload' : path
  const args = method.includes('.') ? readFields(body, request.headers['content-type'] ?? '') : {}
  const call: Call = { method, args, answer: null, status: 200, at: performance.now() }
  front.calls.push(call)
  const at = front.faults.findIndex(fault => fault.method === method)
  const fault = at < 0 ? undefined : front.faults.splice(at, 1)[0]
  if (fault?.when === 'before') return fail(response, call, fault)
  const refusal = method.startsWith('chat.') ? blocksRefusal(args.blocks) : null
  if (refusal) return fail(response, call, { method, when: 'before', how: { error: refusal } })
  const answer = patched(await answerOf(request, body, method, front), method, front.patches)
  call.status = answer.status
  call.answer = answer.json
  if (fault) return fail(response, call, fault)
  response.writeHead(answer.status, answer.headers).end(answer.bytes)
}

function fail(response: ServerResponse, call: Call, { how }: Fault): void {
  if (how === 'drop') return void response.destroy()
  if (typeof how === 'number') {
    call.status = how
    return void response.writeHead(how).end('fault')
  }
  if ('error' in how)
    return void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ok: false, ...how }))
  call.status = 429
  response.writeHead(429, { 'retry-after': String(how.limit) }).end()
}

async function answerOf(request: IncomingMessage, body: Buffer, method: string, { emulator, url, scopes }: Front) {
  if (method === 'apps.connections.open') {
    const isApp = request.headers.authorization === `Bearer ${APP_TOKEN}`
    return asJson(isApp ? { ok: true, url: `${url.replace('http', 'ws')}/link` } : { ok: false, error: 'invalid_auth' })
  }
  if (method === 'assistant.threads.setStatus') return asJson({ ok: true }) // the emulator has none
  const headers = Object.fromEntries(
    ['authorization', 'content-type'].flatMap(name => {
      const value = request.headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
  // The emulator takes every token that it does not know for an admin's.
  if (method === 'auth.test' && headers.authorization !== `Bearer ${BOT_TOKEN}`)
    return asJson({ ok: false, error: 'invalid_auth' })
  const sent = request.method === 'GET' ? {} : { body: new Uint8Array(body) }
  const answer = await fetch(emulator + request.url, { method: request.method ?? 'POST', headers, ...sent })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const type = answer.headers.get('content-type') ?? 'text/plain'
  const json = type.includes('json') ? (JSON.parse(String(bytes)) as Fields) : null
  return { status: answer.status, headers: { 'content-type': type, 'x-oauth-scopes': scopes.join() }, bytes, json }
}

/** The answer with what the test wants in it. */
function patched(answer: Awaited<ReturnType<typeof answerOf>>, method: string, patches: Patch[]) {
  const patch = patches.find(patch => patch.method === method)
  if (!patch || !answer.json) return answer
  const { method: _, ...parts } = patch
  const merged = Object.entries(parts).map(([name, part]) => [
    name,
    { ...(answer.json?.[name] as object), ...(part as object) },
  ])
  return asJson({ ...answer.json, ...Object.fromEntries(merged) })
}

const asJson = (json: Fields) => ({
  ...{ status: 200, json, headers: { 'content-type': 'application/json' } },
  bytes: Buffer.from(JSON.stringify(json)),
})

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  await new Promise(resolve => server.close(resolve))
  return port
}
