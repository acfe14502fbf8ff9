import {
  type Channel,
  ChannelType,
  type Client,
  DiscordAPIError,
  PermissionFlagsBits,
  RESTJSONErrorCodes,
  type SendableChannels,
  ThreadAutoArchiveDuration,
} from 'discord.js'
import type { Target } from '../platform.ts'
import { addressOf, idOf, isPerson } from './address.ts'
import { threadName } from './content.ts'

const { SendMessagesInThreads } = PermissionFlagsBits

/** Where the bot posts. */
export type Threads = {
  /**
   * The channel of a target: a thread is started where there is none yet. Of a thread below a post of the bot that is
   * gone, or that takes nothing any more, it is the place itself.
   */
  reach(target: Target): Promise<SendableChannels>
}

export function createThreads(client: () => Client): Threads {
  const starting = new Map<string, Promise<SendableChannels>>()
  /** Started once, also when several posts want it at the same time. */
  const threadAt = (ref: string): Promise<SendableChannels> => {
    const begun = starting.get(ref) ?? openThread(client(), ref).finally(() => starting.delete(ref))
    starting.set(ref, begun)
    return begun
  }
  return {
    reach: async ({ place, thread }) => {
      if (isPerson(place)) return await client().users.createDM(idOf(place))
      if (thread === null) return await sendable(client(), idOf(place))
      try {
        return await threadAt(thread)
      } catch (error) {
        if (!isOutOfReach(error)) throw error
        return await besideCard(client(), thread, error)
      }
    },
  }
}

/** A channel where messages can be sent. */
export async function sendable(client: Client, id: string): Promise<SendableChannels> {
  const channel = await client.channels.fetch(id)
  if (!channel?.isSendable()) throw new Error(`channel ${id} takes no messages`)
  return channel
}

/** An archived thread takes no edit: it is reopened first. */
export async function awake(channel: SendableChannels): Promise<SendableChannels> {
  if (channel.isThread() && channel.archived) await channel.setArchived(false)
  return channel
}

/** The thread below a post, started where there is none; in a place that has no threads, the place itself. */
async function openThread(client: Client, ref: string): Promise<SendableChannels> {
  const { channel: id, message } = addressOf(ref)
  const place = await client.channels.fetch(id)
  if (place?.isThreadOnly()) return await open(client, message) // a forum: each of its posts is a thread
  if (place?.type !== ChannelType.GuildText && place?.type !== ChannelType.GuildAnnouncement) {
    const isPost = place?.isThread() || place?.isDMBased() || place?.isVoiceBased()
    return await sendable(client, isPost ? id : message)
  }
  if (client.channels.cache.has(message)) return await open(client, message)
  try {
    const card = await place.messages.fetch(message)
    const autoArchiveDuration = ThreadAutoArchiveDuration.OneDay
    return await card.startThread({ name: threadName(card.content), autoArchiveDuration })
  } catch (error) {
    if (!(error instanceof DiscordAPIError) || !THERE_ALREADY.has(error.code)) throw error
    return await open(client, message)
  }
}

/** The message has a thread; or it is gone, or never was, and its thread stays. */
const THERE_ALREADY: ReadonlySet<number | string> = new Set([
  RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage,
  RESTJSONErrorCodes.UnknownMessage,
])

class ShutError extends Error {
  override readonly name = 'ShutError'
}

/** A thread in which the bot may write: one that was locked is for moderators, and permissions are taken away. */
async function open(client: Client, id: string): Promise<SendableChannels> {
  const thread = await sendable(client, id)
  if (isLocked(thread)) throw new ShutError(`thread ${id} is locked`)
  if (isMute(thread)) throw new ShutError(`the bot may not send messages in thread ${id}`)
  return thread
}

const isLocked = (channel: Channel): boolean => channel.isThread() && channel.locked === true && !channel.manageable

const isMute = (channel: Channel): boolean =>
  channel.isThread() && channel.permissionsFor(channel.client.user)?.has(SendMessagesInThreads) === false

/** The place of a card whose thread is shut. A thread of others is never left: what is said there is for it alone. */
async function besideCard(client: Client, ref: string, why: unknown): Promise<SendableChannels> {
  const { channel, message } = addressOf(ref)
  const place = await sendable(client, channel)
  const card = await place.messages.fetch(message)
  if (card.author.id !== client.user?.id) throw why
  return place
}

/** True for what no later try would reach: it was deleted, shut, or the bot was sent away. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof ShutError || (error instanceof DiscordAPIError && OUT_OF_REACH.has(error.code))

const OUT_OF_REACH: ReadonlySet<number | string> = new Set([
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.UnknownMessage,
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.InvalidActionOnArchivedThread,
  RESTJSONErrorCodes.ThreadLocked,
  RESTJSONErrorCodes.MaximumActiveThreads,
])
