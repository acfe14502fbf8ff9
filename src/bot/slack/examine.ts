import { webApi } from '@slack/bolt'
import { systemClock } from '../../clock.ts'
import { createLog } from '../../log.ts'
import { missingWords, whoIsIt } from './connect.ts'
import { explainRefusal } from './receiver.ts'
import { createWeb, libraryLog } from './web.ts'

/**
 * Asks Slack for all that the bot needs of it, and connects to nothing. Gives the workspace's bot by name, and what is
 * missing with its remedy, null where nothing is. Throws a UserError for a token that Slack does not take.
 */
export async function examineSlack(options: {
  botToken: string
  appToken: string | null
  apiUrl: string | null
}): Promise<{ bot: string; missing: string | null }> {
  const { botToken: token, appToken, apiUrl } = options
  const log = createLog({ level: 'silent', format: 'json' })
  const web = createWeb({ token, apiUrl, clock: systemClock, log, signal: new AbortController().signal })
  const { self, missing } = await whoIsIt(web)
  if (appToken !== null) {
    const how = { ...(apiUrl && { slackApiUrl: apiUrl }), retryConfig: { retries: 0 }, logger: libraryLog(log) }
    await new webApi.WebClient(appToken, how).apps.connections.open().catch(explainRefusal)
  }
  return { bot: `${self.name} in ${self.team}`, missing: missing.length === 0 ? null : missingWords(missing) }
}
