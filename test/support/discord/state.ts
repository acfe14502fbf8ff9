/** What the server of the tests knows, in the shapes of Discord's own JSON as far as the bot reads them. */

export type Json = Record<string, unknown>
export type User = { id: string; username: string; global_name: string | null; bot: boolean }
export type Attachment = { id: string; filename: string; size: number; url: string; content_type: string; body: Buffer }
export type Component = Json & { type: number; custom_id?: string; label?: string; components?: Component[] }
export type Message = {
  id: string
  channel_id: string
  author: User
  content: string
  flags: number
  components: Component[]
  attachments: Attachment[]
  mentions: User[]
  message_reference?: { message_id: string; channel_id: string }
  /** Of what Discord notes itself, as that a thread was renamed. */
  type?: number
  webhook_id?: string
}
export type Channel = {
  id: string
  type: number
  name: string
  guild_id?: string
  parent_id?: string
  /** Who began a thread. */
  owner_id?: string
  thread_metadata?: { archived: boolean; locked: boolean; auto_archive_duration: number; archive_timestamp: string }
  last_message_id: string | null
  /** Bits that the bot lacks here. */
  denied: bigint
}
export type Interaction = {
  id: string
  token: string
  /** The server's time in milliseconds. */
  at: number
  type: number
  user: User
  channel: string
  /** The type of the callback, once one was given. */
  answered: number | null
  answeredAfterMs: number | null
  /** The data of a modal or of an autocomplete. */
  data: Json | null
  /** What only this person sees, `@original` first. */
  seen: Map<string, Message>
  original: string | null
}

export const BOT: User = { id: '900', username: 'errand', global_name: null, bot: true }
export const ANN: User = { id: '101', username: 'ann', global_name: 'Ann', bot: false }
export const BEN: User = { id: '102', username: 'ben', global_name: 'Ben', bot: false }
export const GUILD = '500'
export const ROLE = '77'
/** The role that Discord gives to the bot. */
export const BOT_ROLE = '79'
export const TEXT = 0
export const DM = 1
export const PUBLIC_THREAD = 11

export type State = {
  channels: Map<string, Channel>
  messages: Map<string, Message>
  interactions: Map<string, Interaction>
  /** Registered commands by scope: `global` or a guild's id. */
  commands: Map<string, Json[]>
  /** Nonces that are remembered, with the message that each made. */
  nonces: Map<string, { message: string; until: number }>
  /** Files that people gave with an interaction. */
  uploads: Map<string, Attachment>
  /** The server's clock, which a test may move on. */
  now(): number
  snowflake(): string
}

export function createState(offset: () => number): State {
  let n = 0
  const now = () => Date.now() + offset()
  const channels = new Map<string, Channel>()
  for (const id of ['600', '601'])
    channels.set(id, { id, type: TEXT, name: `room-${id}`, guild_id: GUILD, last_message_id: null, denied: 0n })
  return {
    channels,
    messages: new Map(),
    interactions: new Map(),
    commands: new Map(),
    nonces: new Map(),
    uploads: new Map(),
    now,
    snowflake: () => {
      n += 1
      return String((BigInt(now() - 1_420_070_400_000) << 22n) + BigInt(n % 4_000_000))
    },
  }
}

/** All permissions that Discord's bits below 2^50 name. */
export const ALL = (1n << 50n) - 1n

/** A channel as JSON; what the bot lacks is an overwrite of its own. */
export const channelJson = ({ denied, ...channel }: Channel): Json => ({
  ...channel,
  ...(channel.guild_id && {
    permission_overwrites: [{ id: BOT.id, type: 1, allow: '0', deny: String(denied) }],
    position: 0,
  }),
  ...(channel.type === DM && { recipients: [ANN] }),
})

export const messageJson = (state: State, message: Message): Json => {
  const channel = state.channels.get(message.channel_id)
  const repliedTo = state.messages.get(message.message_reference?.message_id ?? '')
  return {
    ...message,
    attachments: message.attachments.map(({ body, ...rest }) => rest),
    type: message.type ?? (message.message_reference ? 19 : 0),
    timestamp: new Date(state.now()).toISOString(),
    edited_timestamp: null,
    tts: false,
    pinned: false,
    mention_everyone: false,
    mention_roles: [...message.content.matchAll(/<@&(\d+)>/g)].map(([, id]) => id),
    embeds: [],
    ...(repliedTo && { referenced_message: messageJson(state, repliedTo) }),
    ...(channel?.guild_id && { guild_id: channel.guild_id }),
  }
}

/** An answer of the API: a body, or a status with Discord's code. */
export class Refusal extends Error {
  override readonly name = 'RefusalError'
  readonly status: number
  readonly code: number
  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
