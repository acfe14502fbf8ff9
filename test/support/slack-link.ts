import { createHmac } from 'node:crypto'
import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Fields } from './slack-fields.ts'

/** What Slack sent to the bot: whether it was acknowledged in time, with what, and after how many milliseconds. */
export type Delivered = { acked: boolean; payload: unknown; ms: number }
export type Kind = 'slash_commands' | 'interactive' | 'events_api'

/** What Slack calls over HTTP. */
export type HttpEnd = { secret: string; handle(request: Request): Promise<Response> }

/** Slack's side of Socket Mode. */
export function openLink(front: Server) {
  const sockets = new Set<WebSocket>()
  const acks = new Map<string, (payload: unknown) => void>()
  new WebSocketServer({ server: front, path: '/link' }).on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('message', data => {
      const { envelope_id: id, payload } = JSON.parse(String(data)) as { envelope_id: string; payload?: unknown }
      acks.get(id)?.(payload ?? null)
      acks.delete(id)
    })
    socket.send(JSON.stringify({ type: 'hello', num_connections: sockets.size }))
  })
  const send = async (type: Kind, payload: Fields, waitMs: number): Promise<Delivered> => {
    const [socket] = sockets
    if (!socket) return { acked: false, payload: null, ms: 0 }
    const id = crypto.randomUUID()
    const begun = performance.now()
    const { promise, resolve } = Promise.withResolvers<Delivered>()
    const late = setTimeout(() => resolve({ acked: false, payload: null, ms: waitMs }), waitMs)
    acks.set(id, answer => {
      clearTimeout(late)
      resolve({ acked: true, payload: answer, ms: performance.now() - begun })
    })
    socket.send(JSON.stringify({ type, envelope_id: id, payload, accepts_response_payload: true }))
    return await promise
  }
  return { sockets, send }
}

/** The same over HTTP, signed; `at` is when Slack says that it sent it. */
export async function call(
  { secret, handle }: HttpEnd,
  type: Kind,
  payload: Fields,
  at = Date.now(),
): Promise<Delivered> {
  const begun = performance.now()
  const answer = await handle(signed(secret, type, payload, at))
  const text = await answer.text()
  return {
    acked: answer.ok,
    payload: text.startsWith('{') ? (JSON.parse(text) as unknown) : {},
    ms: performance.now() - begun,
  }
}

/** A call as Slack signs it. */
export function signed(secret: string, type: Kind, payload: Fields, at: number): Request {
  const isEvent = type === 'events_api'
  const fields = type === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>)
  const body = isEvent ? JSON.stringify(payload) : String(new URLSearchParams(fields))
  const time = String(Math.floor(at / 1000))
  const mac = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')
  const headers = {
    'content-type': isEvent ? 'application/json' : 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': time,
    'x-slack-signature': `v0=${mac}`,
  }
  return new Request('http://127.0.0.1/slack/events', { method: 'POST', headers, body })
}
