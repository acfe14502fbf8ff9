import { type Client, DiscordAPIError, type Guild, InteractionContextType, RESTJSONErrorCodes } from 'discord.js'
import type { Clock } from '../../clock.ts'
import { UserError } from '../../errors.ts'
import { createCache } from '../cache.ts'

/** Where somebody speaks to the bot. A direct message has no server. */
type Where = { guildId: string | null; context?: InteractionContextType | null }

/** Who may speak to the bot: people of its servers, there and in a direct message. */
export type Access = {
  /** True where the bot does not work: a server that is not one of its own, or a conversation of others. */
  isForeign(where: Where): boolean
  /** Rejects with a UserError in a direct message of somebody who is in none of its servers. */
  admit(where: Where, user: string): Promise<void>
}

export const FOREIGN = 'I do not work in this server: the people who run me decide where I do. Nothing was started.'

const KEPT_MS = 10 * 60_000

/** `guildIds` empty: each server that the bot is in is one of its own. */
export function createAccess(client: Client, guildIds: readonly string[], clock: Clock): Access {
  const isOurs = (guild: string) => (guildIds.length > 0 ? guildIds.includes(guild) : client.guilds.cache.has(guild))
  const known = createCache(clock, KEPT_MS, async (user: string) => {
    for (const guild of client.guilds.cache.values()) if (isOurs(guild.id) && (await isIn(guild, user))) return true
    return false
  })
  return {
    // The app may be installed by a person, who then has the commands wherever they are.
    isForeign: ({ guildId, context }) =>
      guildId === null ? context === InteractionContextType.PrivateChannel : !isOurs(guildId),
    admit: async ({ guildId }, user) => {
      if (guildId !== null) return
      const isKnown = await known.get(user).catch(cause => {
        throw new UserError('Discord does not tell me who you are just now; nothing was started. Try again.', { cause })
      })
      if (!isKnown)
        throw new UserError('I work for the people of my servers, and you are in none; nothing was started.')
    },
  }
}

async function isIn({ members }: Guild, user: string): Promise<boolean> {
  try {
    await members.fetch({ user, force: true }) // who has left stays in the library's cache
    return true
  } catch (error) {
    if (error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.UnknownMember) return false
    throw error
  }
}
