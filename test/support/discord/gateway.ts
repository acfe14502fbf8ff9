import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  ALL,
  ANN,
  BEN,
  BOT,
  BOT_ROLE,
  channelJson,
  GUILD,
  type Json,
  type Message,
  PUBLIC_THREAD,
  ROLE,
  type State,
} from './state.ts'

const MESSAGE_CONTENT = 1 << 15

export type Gateway = {
  send(event: string, data: Json): void
  strip(message: Json): Json
  /** Cuts the connection; with `lose`, the session cannot be resumed, and with `code` Discord says why. */
  drop(how?: { lose?: boolean; code?: number }): void
  /** Refuses connections until it is up again. */
  setDown(down: boolean): void
  identified(): number
  resumed(): number
  close(): void
}

/** The gateway: sessions that resume, intents that strip what was not asked for. */
export function createGateway(server: Server, state: State, token: string, options: { content: boolean }): Gateway {
  const wss = new WebSocketServer({ server })
  let live: WebSocket | null = null
  let log: { s: number; t: string; d: Json }[] = []
  let session = 0
  let resumable = true
  let intents = 0
  let down = false
  const counts = { identified: 0, resumed: 0 }
  let seq = 0

  const emit = (socket: WebSocket | null, t: string, d: Json) => {
    seq += 1
    const event = { s: seq, t, d: t.startsWith('MESSAGE_') ? strip(d, intents) : d }
    log.push(event)
    if (socket?.readyState === 1) socket.send(JSON.stringify({ op: 0, ...event }))
  }
  const identify = (socket: WebSocket, d: Json) => {
    intents = Number(d.intents)
    if (d.token !== token) return socket.close(4004, 'Authentication failed.')
    if ((intents & MESSAGE_CONTENT) !== 0 && !options.content) return socket.close(4014, 'Disallowed intent(s).')
    counts.identified += 1
    session += 1
    log = []
    seq = 0
    resumable = true
    live = socket
    const port = (server.address() as { port: number }).port
    emit(socket, 'READY', {
      ...{ v: 10, user: BOT, session_id: `s${session}`, resume_gateway_url: `ws://127.0.0.1:${port}` },
      ...{ application: { id: BOT.id, flags: 0 }, guilds: [{ id: GUILD, unavailable: true }] },
    })
    emit(socket, 'GUILD_CREATE', guildJson(state))
  }
  const resume = (socket: WebSocket, d: Json) => {
    if (!resumable || d.session_id !== `s${session}`) return socket.send(JSON.stringify({ op: 9, d: false }))
    counts.resumed += 1
    live = socket
    for (const event of log.filter(({ s }) => s > Number(d.seq))) socket.send(JSON.stringify({ op: 0, ...event }))
    emit(socket, 'RESUMED', {})
  }
  wss.on('connection', socket => {
    if (down) return socket.terminate()
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 41_250 } }))
    socket.on('message', raw => {
      const { op, d } = JSON.parse(String(raw)) as { op: number; d: Json }
      if (op === 1) socket.send(JSON.stringify({ op: 11 }))
      if (op === 2) identify(socket, d)
      if (op === 6) resume(socket, d)
    })
  })
  return {
    send: (event, data) => emit(live, event, data),
    strip: message => strip(message, intents),
    drop: ({ lose = false, code } = {}) => {
      resumable = !lose
      if (code === undefined) live?.terminate()
      else live?.close(code)
      live = null
    },
    setDown: value => {
      down = value
      if (down) live?.terminate()
    },
    identified: () => counts.identified,
    resumed: () => counts.resumed,
    close: () => {
      for (const client of wss.clients) client.terminate()
      wss.close()
    },
  }
}

/** Without the intent a message says nothing, unless it is the bot's own, direct, or mentions the bot. */
function strip(data: Json, intents: number): Json {
  if ((intents & MESSAGE_CONTENT) !== 0) return data
  const { author, mentions, guild_id } = data as unknown as Message & { guild_id?: string }
  if (author.id === BOT.id || !guild_id || mentions.some(({ id }) => id === BOT.id)) return data
  return { ...data, content: '', attachments: [], components: [] }
}

function guildJson(state: State): Json {
  const channels = [...state.channels.values()].filter(channel => channel.guild_id)
  const member = (user: Json) => ({
    user,
    roles: [],
    joined_at: '2026-01-01T00:00:00.000Z',
    deaf: false,
    mute: false,
    flags: 0,
  })
  const role = (id: string, permissions: bigint) => ({
    ...{ id, name: id, permissions: String(permissions), position: 0, color: 0, hoist: false, managed: false },
    ...{ mentionable: false, flags: 0 },
  })
  const botRole = { ...role(BOT_ROLE, 0n), managed: true, tags: { bot_id: BOT.id } }
  return {
    ...{ id: GUILD, name: 'Team', owner_id: '1', unavailable: false, member_count: 3, preferred_locale: 'en-US' },
    roles: [role(GUILD, ALL & ~(1n << 3n)), role(ROLE, 0n), botRole],
    members: [BOT, ANN, BEN].map(user => member(user as unknown as Json)),
    channels: channels.filter(({ type }) => type !== PUBLIC_THREAD).map(channelJson),
    threads: channels
      .filter(({ type, thread_metadata }) => type === PUBLIC_THREAD && !thread_metadata?.archived)
      .map(channelJson),
    ...{ emojis: [], stickers: [], presences: [], voice_states: [], stage_instances: [], guild_scheduled_events: [] },
    ...{ features: [], soundboard_sounds: [] },
  }
}
