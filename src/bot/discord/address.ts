import type { Channel } from 'discord.js'
import type { PostRef, Target } from '../platform.ts'

/** A post by its channel (or thread) and message; a thread that began with a message has the message's id. */
export type Address = { channel: string; message: string }

export const placeOf = (channel: string): string => `channel:discord:${channel}`

/** Discord's own id in a key. */
export const idOf = (key: string): string => key.split(':')[2] ?? ''

export const isPerson = (key: string): boolean => key.startsWith('user:')

export const refOf = ({ channel, message }: Address): PostRef => `${channel}/${message}`

/** The two ids of a post. */
export function addressOf(ref: PostRef): Address {
  const [channel = '', message = ''] = ref.split('/')
  return { channel, message }
}

/** Where something was said: a thread belongs to the channel that it is in. */
export function targetOf(channel: Pick<Channel, 'id'> & { parentId?: string | null; isThread(): boolean }): Target {
  const { id, parentId } = channel
  if (!channel.isThread() || !parentId) return { place: placeOf(id), thread: null }
  return { place: placeOf(parentId), thread: refOf({ channel: parentId, message: id }) }
}
