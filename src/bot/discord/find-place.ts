import { type Client, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../errors.ts'
import { oneLine } from '../../words.ts'
import { placeOf } from './address.ts'
import { missingPermissions } from './permissions.ts'

/** Finds other channels of the server in which somebody asks: those where they and the bot may write. */
export const placeFinder =
  (client: Client<true>, user: string, guildId: string | null) =>
  async (name: string): Promise<string> => {
    const id = /^(?:<#|channel:discord:)(\d+)>?$/.exec(name)?.[1]
    const channel = id === undefined ? null : await client.channels.fetch(id).catch(() => null)
    const unknown = new UserError(
      `I know no channel \`${oneLine(name, 40)}\` here in which you may write. Choose it from what Discord offers as you type \`#\`.`,
    )
    if (!channel || channel.isDMBased() || channel.isThread() || channel.guildId !== guildId) throw unknown
    const member = await channel.guild.members.fetch(user)
    if (!channel.isTextBased() || !channel.permissionsFor(member).has(NEEDED)) throw unknown
    const lacks = missingPermissions(channel.permissionsFor(client.user), false)
    if (lacks) throw new UserError(lacks)
    return placeOf(channel.id)
  }

const NEEDED = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.SendMessages]
