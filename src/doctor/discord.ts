import { messageOf } from '../errors.ts'
import { type Check, fail, ok } from './check.ts'

export const discord: Check = {
  name: 'Discord',
  look: async ({ config: { discord } }) => {
    if (discord === null) return ok('not used: DISCORD_TOKEN is not set')
    try {
      const { inviteOf } = await import('../bot/discord/invite.ts')
      return ok(`the token is taken; this link invites the bot: ${await inviteOf(discord)}`)
    } catch (error) {
      const remedy =
        'Copy the token anew (Developer Portal, Bot, Reset Token) into DISCORD_TOKEN, or check the network.'
      return fail(`Discord does not take the token or is not reached (${messageOf(error)})`, remedy)
    }
  },
}
