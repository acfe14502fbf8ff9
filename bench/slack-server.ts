import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'

/** Commands to give: `commands` of them, evenly over so many milliseconds, all in one channel or each in its own. */
export type Load = { commands: number; overMs: number; oneChannel: boolean; settleMs: number }

/** What came of each command, in milliseconds after it: its acknowledgement, its card, its answer. */
export type Told = { acks: number[]; cards: number[]; answers: number[]; calls: Record<string, number> }

/** A Slack in a process of its own that answers everything at once, so that what is measured is the bot. */
const calls: { method: string; args: Record<string, string>; at: number }[] = []
const acks = new Map<string, number>()
let socket: WebSocket | null = null
let posted = 0

const ANSWERS: Record<string, object> = {
  'auth.test': { user: 'errand', user_id: 'U0BOT', bot_id: 'B0BOT', team_id: 'T1', team: 'bench' },
  'users.info': { user: { id: 'U1', name: 'ann', team_id: 'T1' } },
  'conversations.info': { channel: { id: 'C1', name: 'bench', is_member: true } },
}

const server = createServer(async (request, response) => {
  const method = request.url?.replace('/api/', '') ?? ''
  const args = Object.fromEntries(new URLSearchParams(String(await buffer(request))))
  calls.push({ method, args, at: performance.now() })
  posted += 1
  const { port } = server.address() as AddressInfo
  const ts = `1763700000.${String(posted).padStart(6, '0')}`
  const body = { ok: true, ts, url: `ws://127.0.0.1:${port}/link`, ...ANSWERS[method] }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
new WebSocketServer({ server }).on('connection', opened => {
  socket = opened
  opened.on('message', data =>
    acks.set((JSON.parse(String(data)) as { envelope_id: string }).envelope_id, performance.now()),
  )
  opened.send(JSON.stringify({ type: 'hello', num_connections: 1 }))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

/** Gives the commands, waits, and says what came of them; the n-th is about `t<n>`. */
async function run({ commands, overMs, oneChannel, settleMs }: Load): Promise<Told> {
  calls.length = 0
  const began: number[] = []
  for (let n = 0; n < commands; n += 1) {
    const started = performance.now()
    began.push(started)
    const payload = {
      ...{ command: '/errand', text: `bench t${n}.`, user_id: 'U1', user_name: 'ann', team_id: 'T1' },
      ...{ channel_id: oneChannel ? 'C1' : `C${n}`, trigger_id: `${n}.${started}`, response_url: 'http://127.0.0.1:9' },
    }
    socket?.send(
      JSON.stringify({ type: 'slash_commands', envelope_id: String(n), payload, accepts_response_payload: true }),
    )
    await delay(Math.max(0, (began[0] ?? 0) + ((n + 1) * overMs) / commands - performance.now()))
  }
  await delay(settleMs)
  const after = (n: number, at: number | undefined) =>
    at === undefined ? Number.POSITIVE_INFINITY : at - (began[n] ?? 0)
  const posts = calls.filter(({ method }) => method === 'chat.postMessage')
  const cardOf = (n: number) => posts.find(({ args }) => args.blocks?.includes(`t${n}.`))?.at
  const count: Record<string, number> = {}
  for (const { method } of calls) count[method] = (count[method] ?? 0) + 1
  return {
    acks: began.map((_, n) => after(n, acks.get(String(n)))),
    cards: began.map((_, n) => after(n, cardOf(n))),
    answers: [after(0, posts.find(({ args }) => args.blocks?.includes('That is all.'))?.at)],
    calls: count,
  }
}

process.on('message', async load => process.send?.(await run(load as Load)))
process.on('disconnect', () => process.exit())
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`)
