import { checkMessage, checkModal } from './check.ts'
import { checkChoice, checkCommands } from './check-commands.ts'
import {
  ALL,
  ANN,
  type Attachment,
  BEN,
  BOT,
  type Channel,
  channelJson,
  DM,
  GUILD,
  type Interaction,
  type Json,
  type Message,
  messageJson,
  PUBLIC_THREAD,
  Refusal,
  type State,
} from './state.ts'

export type Call = { method: string; path: string[]; query: URLSearchParams; body: Json; files: Map<number, File> }
export type Wire = {
  state: State
  url: () => string
  send: (event: string, data: Json) => void
  /** Takes out of a message what the bot's intents do not cover. */
  strip: (message: Json) => Json
}

const VIEW = 1n << 10n
const SEND = 1n << 11n
const ATTACH = 1n << 15n
const HISTORY = 1n << 16n
const START_THREAD = 1n << 35n
const SEND_IN_THREAD = 1n << 38n
const MANAGE_THREADS = 1n << 34n
const MAX_FILE = 10 * 1024 * 1024

/** Answers one call of the REST API as Discord does; null is 204. Throws a Refusal. */
export async function route(wire: Wire, call: Call): Promise<Json | Json[] | null> {
  const { state } = wire
  const { method, path, body } = call
  const [a = '', b = '', c = '', d = '', e = ''] = path
  if (a === 'applications') return commandsRoute(wire, call)
  if (a === 'users' && c === 'channels') return channelJson(dmChannel(state))
  if (a === 'users') return BOT as unknown as Json
  if (a === 'guilds' && c === 'members') return memberOf(b, d)
  if (a === 'interactions') return callback(wire, b, c, body)
  if (a === 'webhooks') return await webhook(wire, call)
  if (a !== 'channels') throw new Refusal(404, 0, `404: Not Found ${method} ${path.join('/')}`)
  const channel = state.channels.get(b)
  if (!channel) throw new Refusal(404, 10003, 'Unknown Channel')
  need(state, channel, VIEW, 50001)
  if (c === '' && method === 'GET') return channelJson(channel)
  if (c === '' && method === 'PATCH') return patchChannel(wire, channel, body)
  if (c === 'messages' && d === '' && method === 'GET') return history(wire, channel, call.query)
  if (c === 'messages' && d === '') return messageJson(state, await postMessage(wire, channel, call))
  const message = state.messages.get(d)
  if (!message || message.channel_id !== b) throw new Refusal(404, 10008, 'Unknown Message')
  if (e === 'threads') return startThread(wire, channel, message, body)
  if (method === 'GET') return wire.strip(messageJson(state, message))
  if (message.author.id !== BOT.id) throw new Refusal(403, 50005, "Cannot edit another user's message")
  if (channel.thread_metadata?.archived) throw new Refusal(400, 50083, 'Thread is archived')
  return messageJson(state, edit(wire, message, call))
}

function need(state: State, channel: Channel, bits: bigint, code = 50013): void {
  const denied = channel.denied | (state.channels.get(channel.parent_id ?? '')?.denied ?? 0n)
  if ((denied & bits) !== 0n) throw new Refusal(403, code, 'Missing Permissions')
}

export const permissionsIn = (state: State, channel: Channel): bigint =>
  ALL & ~(1n << 3n) & ~channel.denied & ~(state.channels.get(channel.parent_id ?? '')?.denied ?? 0n)

export function dmChannel(state: State): Channel {
  const known = state.channels.get('700')
  const channel = known ?? { id: '700', type: DM, name: 'dm', last_message_id: null, denied: 0n }
  state.channels.set('700', channel)
  return channel
}

/** People of the one server are Ann and Ben, and the bot. */
function memberOf(guild: string, user: string): Json {
  const found = [BOT, ANN, BEN].find(({ id }) => id === user)
  if (guild !== GUILD || !found) throw new Refusal(404, 10007, 'Unknown Member')
  return { user: found, roles: [], joined_at: '2026-01-01T00:00:00.000Z', deaf: false, mute: false, flags: 0 }
}

function commandsRoute({ state }: Wire, { method, path, body }: Call): Json | Json[] {
  const [, , c, d, e] = path
  if (c === '@me' || c === undefined) return { id: BOT.id, flags: 0, name: 'errand' }
  const scope = c === 'guilds' ? String(d) : 'global'
  if (c === 'guilds' && (d !== GUILD || e !== 'commands')) throw new Refusal(403, 50001, 'Missing Access')
  if (method === 'GET') return state.commands.get(scope) ?? []
  const list = body as unknown as Json[]
  checkCommands(list)
  const made = list.map(command => ({
    ...{ type: 1, description: '', name_localizations: null, description_localizations: null },
    ...{ default_member_permissions: null, dm_permission: true, contexts: null, integration_types: [0], nsfw: false },
    ...command,
    ...{ id: state.snowflake(), application_id: BOT.id, version: '1' },
  }))
  state.commands.set(scope, made)
  return made
}

function patchChannel(wire: Wire, channel: Channel, body: Json): Json {
  if (channel.thread_metadata?.locked) need(wire.state, channel, MANAGE_THREADS)
  if (channel.thread_metadata && typeof body.archived === 'boolean') channel.thread_metadata.archived = body.archived
  if (typeof body.name === 'string') throw new Refusal(429, 0, 'a thread is never renamed for status')
  wire.send('THREAD_UPDATE', channelJson(channel))
  return channelJson(channel)
}

/** The newest first; with `after` the oldest of those that came later, and without the intent stripped as in events. */
function history({ state, strip }: Wire, channel: Channel, query: URLSearchParams): Json[] {
  need(state, channel, HISTORY)
  const limit = Number(query.get('limit') ?? 50)
  if (limit < 1 || limit > 100) throw new Refusal(400, 50035, `limit ${limit}`)
  const after = query.get('after')
  const later = [...state.messages.values()]
    .filter(message => message.channel_id === channel.id && BigInt(message.id) > BigInt(after ?? 0))
    .sort((one, two) => Number(BigInt(two.id) - BigInt(one.id)))
  return (after === null ? later.slice(0, limit) : later.slice(-limit)).map(message =>
    strip(messageJson(state, message)),
  )
}

async function postMessage(wire: Wire, channel: Channel, call: Call): Promise<Message> {
  const { state } = wire
  const { body, files } = call
  need(state, channel, channel.type === PUBLIC_THREAD ? SEND_IN_THREAD : SEND, channel.type === DM ? 50007 : undefined)
  if (files.size > 0) need(state, channel, ATTACH)
  if (channel.thread_metadata?.locked) need(state, channel, MANAGE_THREADS, 160005)
  checkMessage(body, files.size)
  if (typeof body.nonce === 'string' && body.enforce_nonce) {
    const known = state.nonces.get(body.nonce)
    const made = known && known.until > state.now() ? state.messages.get(known.message) : undefined
    if (made) return made
  }
  const message = await makeMessage(wire, channel.id, call)
  if (typeof body.nonce === 'string')
    state.nonces.set(body.nonce, { message: message.id, until: state.now() + 120_000 })
  addMessage(wire, channel, message)
  return message
}

export function addMessage({ state, send }: Wire, channel: Channel, message: Message): void {
  state.messages.set(message.id, message)
  channel.last_message_id = message.id
  if (channel.thread_metadata) channel.thread_metadata.archived = false
  const { content, attachments, components, ...rest } = messageJson(state, message)
  send('MESSAGE_CREATE', { ...rest, content, attachments, components, channel_type: channel.type })
}

async function makeMessage({ state, url }: Wire, channel_id: string, { body, files }: Call): Promise<Message> {
  const attachments: Attachment[] = []
  for (const file of files.values()) {
    if (file.size > MAX_FILE) throw new Refusal(413, 40005, 'Request entity too large')
    const id = state.snowflake()
    const content = Buffer.from(await file.arrayBuffer())
    const path = `${url()}/cdn/${id}/${encodeURIComponent(file.name)}`
    attachments.push({ id, filename: file.name, size: file.size, url: path, content_type: file.type, body: content })
  }
  const { content, flags, components, message_reference } = body as Partial<Message>
  return {
    ...{ id: state.snowflake(), channel_id, author: BOT, content: content ?? '', flags: flags ?? 0 },
    ...{ components: components ?? [], attachments, mentions: [] },
    ...(message_reference && { message_reference: { ...message_reference, channel_id } }),
  }
}

function edit(wire: Wire, message: Message, { body }: Call): Message {
  const next = { ...message, ...(body.content === undefined ? {} : { content: String(body.content ?? '') }) }
  if (body.components) next.components = body.components as Message['components']
  checkMessage({ content: next.content, components: next.components }, message.attachments.length)
  Object.assign(message, next)
  if (wire.state.messages.has(message.id)) wire.send('MESSAGE_UPDATE', messageJson(wire.state, message))
  return message
}

function startThread(wire: Wire, channel: Channel, message: Message, body: Json): Json {
  const { state } = wire
  need(state, channel, START_THREAD)
  if (channel.type !== 0) throw new Refusal(400, 50024, 'Cannot execute action on this channel type')
  if (state.channels.has(message.id))
    throw new Refusal(400, 160004, 'A thread has already been created for this message')
  if (String(body.name).length < 1 || String(body.name).length > 100) throw new Refusal(400, 50035, 'name')
  const thread = { ...makeThread(state, channel, message.id, String(body.name)), owner_id: BOT.id }
  state.channels.set(thread.id, thread)
  wire.send('THREAD_CREATE', { ...channelJson(thread), newly_created: true })
  return channelJson(thread)
}

export function makeThread(state: State, channel: Channel, id: string, name: string): Channel {
  const archive_timestamp = new Date(state.now()).toISOString()
  const thread: Channel = {
    ...{ id, type: PUBLIC_THREAD, name, guild_id: GUILD, parent_id: channel.id, last_message_id: null, denied: 0n },
    thread_metadata: { archived: false, locked: false, auto_archive_duration: 1440, archive_timestamp },
  }
  state.channels.set(id, thread)
  return thread
}

/** The types of callback by those of interaction: a modal cannot answer a modal, and only a component defers an edit. */
const ANSWERS: Record<number, number[]> = { 2: [4, 5, 9], 3: [4, 5, 6, 7, 9], 4: [8], 5: [4, 5, 6, 7] }

function callback({ state }: Wire, id: string, token: string, body: Json): Json | null {
  const interaction = state.interactions.get(id)
  if (!interaction || interaction.token !== token) throw new Refusal(404, 10062, 'Unknown interaction')
  if (interaction.answered !== null) throw new Refusal(400, 40060, 'Interaction has already been acknowledged.')
  if (state.now() - interaction.at > 3000) throw new Refusal(404, 10062, 'Unknown interaction')
  const data = (body.data ?? {}) as Json
  const type = Number(body.type)
  if (!ANSWERS[interaction.type]?.includes(type))
    throw new Refusal(400, 50035, `type ${type} cannot answer an interaction of type ${interaction.type}`)
  if (type === 9) checkModal(data)
  const choices = (data.choices as Json[] | undefined) ?? []
  if (choices.length > 25) throw new Refusal(400, 50035, 'over 25 choices')
  for (const choice of choices) checkChoice(choice)
  if (type === 4) checkMessage(data, 0)
  if (type === 4 || type === 7) reply(state, interaction, data)
  interaction.answered = type
  interaction.answeredAfterMs = state.now() - interaction.at
  interaction.data = data
  return null
}

function reply(state: State, interaction: Interaction, data: Json): Message {
  const message: Message = {
    ...{ id: state.snowflake(), channel_id: interaction.channel, author: BOT, flags: Number(data.flags ?? 0) },
    ...{ content: String(data.content ?? ''), components: (data.components ?? []) as Message['components'] },
    ...{ attachments: [], mentions: [] },
  }
  interaction.original ??= message.id
  interaction.seen.set(message.id, message)
  return message
}

async function webhook(wire: Wire, { method, path, body, files }: Call): Promise<Json | null> {
  const { state } = wire
  const [, , token, , which = ''] = path
  const interaction = [...state.interactions.values()].find(one => one.token === token)
  if (!interaction || interaction.answered === null) throw new Refusal(404, 10015, 'Unknown Webhook')
  if (state.now() - interaction.at > 15 * 60_000) throw new Refusal(401, 50027, 'Invalid Webhook Token')
  if (method === 'POST') {
    checkMessage(body, files.size)
    return messageJson(state, reply(state, interaction, body))
  }
  if (which !== '@original') throw new Refusal(404, 10008, 'Unknown Message')
  if (method === 'DELETE') {
    interaction.seen.delete(interaction.original ?? '')
    interaction.answered = 0
    return null
  }
  const original = interaction.seen.get(interaction.original ?? '') ?? reply(state, interaction, { flags: 64 })
  if (method === 'PATCH') {
    checkMessage(body, files.size)
    Object.assign(original, { content: body.content ?? '', components: body.components ?? [] })
  }
  return messageJson(state, original)
}
