import type { Client } from 'discord.js'
import { UserError } from '../../errors.ts'
import type { Platform, PlatformLimits } from '../platform.ts'
import type { PlatformDeps } from '../platform-deps.ts'
import { createAnswers } from './answers.ts'
import { connect } from './connect.ts'
import { TEXT_CHARS } from './content.ts'
import type { Take } from './hand-in.ts'
import { hear } from './hear.ts'
import { inviteLink } from './permissions.ts'
import { createPosts } from './posts.ts'
import { keepRegistered } from './register.ts'

export type DiscordOptions = PlatformDeps & {
  token: string
  /** Where the commands appear at once; none: everywhere, as global commands. */
  guildIds: readonly string[]
  /** Another server that speaks Discord's API, without a slash at its end; null: Discord. */
  apiUrl: string | null
}

/** The bot's platform for Discord; nothing is sent before `start`. */
export function createDiscord(options: DiscordOptions): Platform {
  const { controls, log } = options
  const stopping = new AbortController()
  let connected: Client<true> | null = null
  let take: Take | null = null
  let registering: Promise<void> | null = null

  const client = (): Client<true> => {
    if (connected === null) throw new Error('Discord is not connected')
    return connected
  }
  const taking = (): Take => {
    if (take === null) throw new UserError('I am stopping; nothing was started. Send it again when I am back.')
    return take
  }
  const shared = { ...options, client, signal: stopping.signal }
  const answers = createAnswers(client, controls)
  return {
    name: 'discord',
    limits: LIMITS,
    start: async taker => {
      take = taker
      connected = await connect(options, client =>
        hear(client, { ...shared, answers, downloads: options, take: taking }),
      )
      if (connected.guilds.cache.size === 0)
        log.warn(`Discord: I am in no server yet. Invite me: ${inviteLink(connected.application.id)}`)
      registering = keepRegistered({ ...shared, instructions: options.engine.instructions })
    },
    stop: async () => {
      take = null
      stopping.abort()
      await registering
      await connected?.destroy()
    },
    whisper: answers.whisper,
    ...createPosts({ client, controls, log }),
  }
}

const LIMITS: PlatformLimits = {
  messageChars: TEXT_CHARS,
  // All edits of a channel share a bucket of one a second.
  editsPerMinute: 20,
  tickMs: 30_000,
  filesPerPost: 10,
  fileBytes: 10 * 1024 * 1024,
  postBytes: 24 * 1024 * 1024, // of the 25 that one call may have
}
