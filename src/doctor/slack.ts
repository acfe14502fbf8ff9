import { messageOf, UserError } from '../errors.ts'
import { type Check, fail, ok, warn } from './check.ts'

export const slack: Check = {
  name: 'Slack',
  look: async ({ config: { slack, publicUrl } }) => {
    if (slack === null) return ok('not used: SLACK_BOT_TOKEN is not set')
    if (slack.appToken === null && !publicUrl?.startsWith('https:'))
      return fail(
        'Slack is to call over HTTP, and PUBLIC_URL is no https:// address that it could call',
        'Set PUBLIC_URL, or SLACK_APP_TOKEN for Socket Mode, which needs no address.',
      )
    try {
      const { examineSlack } = await import('../bot/slack/examine.ts')
      const { bot, missing } = await examineSlack(slack)
      if (missing !== null) return warn(`${bot} lacks rights`, missing)
      return ok(`${bot}, over ${slack.appToken === null ? `HTTP at ${publicUrl}/slack/events` : 'Socket Mode'}`)
    } catch (error) {
      if (error instanceof UserError) throw error
      return fail(`Slack is not reached (${messageOf(error)})`, 'Check the network and SLACK_API_URL.')
    }
  },
}
