import type { Request } from '../platform.ts'
import { actorKey, placeKey, refOf } from './address.ts'
import { MAIN_COMMAND } from './manifest.ts'
import { commandPayload, messagePayload, type Press, type SlackFile, type SlackMessage } from './payloads.ts'
import { channelsIn, typed, withoutMention } from './text.ts'

/** A request as it is read from what Slack sent; who asked is still an id. */
export type Heard = Omit<Request, 'actorName' | 'files'> & {
  user: string
  /** How the person is called, where Slack says it at once. */
  name: string | null
  files: readonly SlackFile[]
  /** Slack's ids of the channels that the text names, by their names. */
  channels?: ReadonlyMap<string, string>
  /** For a private answer in places where the bot is not. */
  responseUrl: string | null
  /** Opens a form within three seconds, once. */
  trigger: string | null
}

export function readCommand(body: unknown): Heard {
  const sent = commandPayload.parse(body)
  const words = typed(sent.text)
  return {
    key: `command ${sent.trigger_id}`,
    text: sent.command === MAIN_COMMAND ? words : `${sent.command.slice(1)} ${words}`,
    ...{ user: sent.user_id, name: sent.user_name, actor: actorKey(sent.user_id) },
    ...{ place: placeKey(sent.channel_id), thread: null, files: [], channels: channelsIn(sent.text) },
    ...{ responseUrl: sent.response_url ?? null, trigger: sent.trigger_id },
  }
}

/** What somebody has said in a way of its own: with files, as a bot, or in a thread and to all at once. */
const SAID = ['file_share', 'bot_message', 'thread_broadcast']

/**
 * A message to the bot: a mention, or anything in a conversation with it alone; null for what nobody said, such as an
 * edit. A mention in such a conversation comes as both, hence the key.
 */
export function readMessage(event: unknown, botUser: string): Heard | null {
  const sent = messagePayload.parse(event)
  if (!sent.user || (sent.subtype !== undefined && !SAID.includes(sent.subtype))) return null
  return {
    key: messageKey(sent),
    text: typed(withoutMention(sent.text, botUser)),
    ...{ user: sent.user, name: null, actor: actorKey(sent.user) },
    ...{ place: placeKey(sent.channel), thread: sent.thread_ts ? refOf(sent.channel, sent.thread_ts) : null },
    ...{ files: sent.files, channels: channelsIn(sent.text), responseUrl: null, trigger: null, isWritten: true },
  }
}

const messageKey = ({ channel, ts }: SlackMessage) => `message ${channel} ${ts}`

/** A pressed button's command. In a thread it was pressed there; on a card it is said in the channel. */
export function readPress(press: Press, command: string): Heard {
  const channel = press.channel?.id ?? press.container.channel_id
  if (channel === undefined) throw new Error('a button was pressed in no channel')
  const thread = press.container.thread_ts ?? press.message?.thread_ts
  return {
    key: `press ${press.trigger_id}`,
    text: command,
    ...{ user: press.user.id, name: press.user.username ?? press.user.name ?? null, actor: actorKey(press.user.id) },
    ...{ place: placeKey(channel), thread: thread ? refOf(channel, thread) : null, files: [] },
    ...{ responseUrl: press.response_url ?? null, trigger: press.trigger_id },
  }
}
