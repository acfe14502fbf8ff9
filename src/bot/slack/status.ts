import type { Log } from '../../log.ts'
import type { Platform } from '../platform.ts'
import { channelOf, isDirect, partsOf } from './address.ts'
import { slackReason, type Web } from './web.ts'

const STATUS = 'is working…'

/** Slack's own sign of work under a thread; where Slack refuses it, it is not asked for again. */
export function createStatus(web: Web, log: Log): NonNullable<Platform['working']> {
  let isRefused = false
  return async ({ place, thread }) => {
    const channel = channelOf(place)
    if (isRefused || thread === null || isDirect(channel)) return
    const { ts } = partsOf(thread)
    try {
      await web.call(`assistant.threads.setStatus ${ts}`, client =>
        client.assistant.threads.setStatus({ channel_id: channel, thread_ts: ts, status: STATUS }),
      )
    } catch (error) {
      isRefused = true
      log.info(`Slack shows no sign of work in threads (${slackReason(error)}); everything else goes on`)
    }
  }
}
