import type { PostRef } from '../platform.ts'

/** The platform's name in keys. */
export const SLACK = 'slack'

const PLACE = `channel:${SLACK}:`

export const placeKey = (channel: string): string => `${PLACE}${channel}`
export const actorKey = (user: string): string => `user:${SLACK}:${user}`

export const isPerson = (key: string): boolean => key.startsWith(actorKey(''))

/** Slack's own id of a place. */
export const channelOf = (place: string): string => afterPrefix(place, PLACE)
/** Slack's own id of a person. */
export const userOf = (actor: string): string => afterPrefix(actor, actorKey(''))

function afterPrefix(key: string, prefix: string): string {
  if (!key.startsWith(prefix)) throw new Error(`${key} is not of Slack`)
  return key.slice(prefix.length)
}

/** The address of a post: a timestamp is an id within its channel. */
export const refOf = (channel: string, ts: string): PostRef => `${channel}/${ts}`

export function partsOf(ref: PostRef): { channel: string; ts: string } {
  const [channel, ts] = ref.split('/')
  if (!channel || !ts) throw new Error(`${ref} is not a post of Slack`)
  return { channel, ts }
}

/** A conversation with the bot alone. */
export const isDirect = (channel: string): boolean => channel.startsWith('D')
