import { UserError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { BOT_SCOPES } from './manifest.ts'
import type { Self } from './people.ts'
import { slackError, type Web } from './web.ts'

/** What Slack says of a token that it does not take, ever. */
const BAD_TOKEN = [
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
]

/** The scopes that an event does not come without, and what is not heard then. */
const UNHEARD: Readonly<Record<string, string>> = {
  'app_mentions:read': 'mentions do not reach me',
  'im:history': 'direct messages do not reach me',
  commands: 'slash commands and the message menu are not there',
}

/** Asks Slack who the bot is, and which rights it lacks. Throws a UserError for a token that is none. */
export async function whoIsIt(web: Web): Promise<{ self: Self; missing: string[] }> {
  const found = await web
    .call('auth.test', client => client.auth.test())
    .catch(error => {
      const why = slackError(error)
      if (why === null || !BAD_TOKEN.includes(why)) throw error
      throw new UserError(
        `Slack does not take SLACK_BOT_TOKEN (${why}). Copy the Bot User OAuth Token (xoxb-…) from the app's page "OAuth & Permissions".`,
        { cause: error },
      )
    })
  if (!found.bot_id || !found.user_id || !found.team_id)
    throw new UserError('SLACK_BOT_TOKEN is not the token of a bot: it must be the Bot User OAuth Token (xoxb-…).')
  const granted = found.response_metadata?.scopes
  const self = {
    ...{ team: found.team_id, user: found.user_id, bot: found.bot_id, name: found.user ?? 'errand' },
    enterprise: (found.enterprise_id as string | undefined) ?? null,
  }
  return { self, missing: granted ? BOT_SCOPES.filter(scope => !granted.includes(scope)) : [] }
}

/** What Slack has not granted, what that costs, and the remedy. */
export function missingWords(missing: readonly string[]): string {
  const costs = missing.flatMap(scope => UNHEARD[scope] ?? [])
  const so = costs.length === 0 ? '' : `, so ${costs.join(', and ')}`
  return `Slack has not granted ${missing.join(', ')}${so}: paste what \`errand slack-manifest\` prints into the app's manifest, and install the app again`
}

/** Asks Slack who the bot is; a right that it lacks is named in the log, and all that needs no such right works. */
export async function connect(web: Web, log: Log): Promise<Self> {
  const { self, missing } = await whoIsIt(web)
  if (missing.length > 0) log.warn({ missing }, missingWords(missing))
  return self
}
