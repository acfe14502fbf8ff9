import {
  AttachmentBuilder,
  CannotSendMessagesToThisUserErrorCodes,
  ChannelType,
  type Client,
  DiscordAPIError,
  MessageFlags,
  RESTJSONErrorCodes,
  type SendableChannels,
  ThreadAutoArchiveDuration,
} from 'discord.js'
import { UserError } from '../../errors.ts'
import type { Controls } from '../controls.ts'
import { elsewhere, withNote } from '../elsewhere.ts'
import type { Platform, PostFile, Target } from '../platform.ts'
import { rowsOf } from './actions.ts'
import { addressOf, idOf, isPerson, refOf } from './address.ts'
import { contentOf, markIn, markOf, nonceOf, TEXT_CHARS, threadName } from './content.ts'

/** How many of the newest messages are looked through for a post. */
const LOOKED_THROUGH = 100

/** The posts of the bot, all by its own token: an interaction's dies after 15 minutes. */
export function createPosts(client: () => Client, controls: Controls): Pick<Platform, 'post' | 'edit' | 'find'> {
  const starting = new Map<string, Promise<SendableChannels>>()
  /** Started once, also when several posts want it at the same time. */
  const threadAt = (ref: string): Promise<SendableChannels> => {
    const begun = starting.get(ref) ?? openThread(client(), ref).finally(() => starting.delete(ref))
    starting.set(ref, begun)
    return begun
  }
  const channelFor = async ({ place, thread }: Target) => {
    if (isPerson(place)) return await client().users.createDM(idOf(place))
    return thread === null ? await sendable(client(), idOf(place)) : await threadAt(thread)
  }
  return {
    post: async (target, message, key) => {
      const channel = await awake(await channelFor(target))
      const files = message.files ?? []
      const send = async (text: string, attached: readonly PostFile[]) =>
        await channel.send({
          content: contentOf({ ...message, text }, markOf(key)),
          components: await rowsOf(message.actions ?? [], controls),
          files: attached.map(attachment),
          flags: MessageFlags.SuppressEmbeds,
          nonce: nonceOf(key),
          enforceNonce: true,
        })
      const sent = await send(message.text, files).catch(async error => {
        if (isRefused(error))
          throw new UserError(`Discord user ${idOf(target.place)} takes no direct messages from me.`)
        if (files.length === 0 || !isTooLarge(error)) throw error
        const note = elsewhere(files, 'Discord takes no file of this size here')
        return await send(withNote(message, note, TEXT_CHARS), [])
      })
      return refOf({ channel: channel.id, message: sent.id })
    },
    edit: async (ref, message) => {
      const { channel: id, message: post } = addressOf(ref)
      const channel = await awake(await sendable(client(), id))
      const standing = await channel.messages.fetch(post)
      const content = contentOf(message, markIn(standing.content))
      await standing.edit({ content, components: await rowsOf(message.actions ?? [], controls) })
    },
    find: async (target, key) => {
      const channel = await channelFor(target)
      const newest = await channel.messages.fetch({ limit: LOOKED_THROUGH, cache: false })
      const mark = markOf(key)
      const found = newest.find(({ author, content }) => author.id === client().user?.id && markIn(content) === mark)
      return found ? refOf({ channel: channel.id, message: found.id }) : null
    },
  }
}

/** A channel where messages can be sent. */
async function sendable(client: Client, id: string): Promise<SendableChannels> {
  const channel = await client.channels.fetch(id)
  if (!channel?.isSendable()) throw new Error(`channel ${id} takes no messages`)
  return channel
}

/** The thread below a post, started where there is none; in a place that has no threads, the place itself. */
async function openThread(client: Client, ref: string): Promise<SendableChannels> {
  const { channel: id, message } = addressOf(ref)
  const place = await sendable(client, id)
  if (place.type !== ChannelType.GuildText && place.type !== ChannelType.GuildAnnouncement) {
    const isPost = place.isThread() || place.isDMBased() || place.isVoiceBased()
    return isPost ? place : await sendable(client, message)
  }
  if (client.channels.cache.has(message)) return await sendable(client, message)
  try {
    const card = await place.messages.fetch(message)
    const autoArchiveDuration = ThreadAutoArchiveDuration.OneDay
    return await card.startThread({ name: threadName(card.content), autoArchiveDuration })
  } catch (error) {
    if (!(error instanceof DiscordAPIError) || !THERE_ALREADY.has(error.code)) throw error
    return await sendable(client, message)
  }
}

/** The message has a thread; or it is gone, or never was, and its thread stays. */
const THERE_ALREADY: ReadonlySet<number | string> = new Set([
  RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage,
  RESTJSONErrorCodes.UnknownMessage,
])

/** An archived thread takes no edit: it is reopened first. */
async function awake(channel: SendableChannels): Promise<SendableChannels> {
  if (channel.isThread() && channel.archived) await channel.setArchived(false)
  return channel
}

/** A person may take no direct messages, or have left every server in which the bot is. */
const isRefused = (error: unknown): boolean => error instanceof DiscordAPIError && REFUSALS.includes(error.code)

const REFUSALS: readonly (number | string)[] = CannotSendMessagesToThisUserErrorCodes

/** A server may take less than the limit that holds everywhere else. */
const isTooLarge = (error: unknown): boolean => error instanceof DiscordAPIError && error.status === 413

const attachment = (file: PostFile): AttachmentBuilder =>
  new AttachmentBuilder('text' in file ? Buffer.from(file.text) : file.file, {
    name: file.name.split('/').at(-1) ?? '',
  })
