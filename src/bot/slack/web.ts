import { webApi } from '@slack/bolt'
import type { Clock } from '../../clock.ts'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'

export type WebClient = webApi.WebClient

/** Slack's Web API at its pace. */
export type Web = {
  /**
   * Makes a call. Those of one lane are made one after the other; when Slack asks for a pause, that lane alone keeps
   * it, because a limit holds for one method in one channel. What was refused for that was not done, so it is done
   * again; anything else that goes wrong is thrown at once: it is the caller who knows whether a second try is safe.
   */
  call<T>(lane: string, work: (client: WebClient) => Promise<T>): Promise<T>
  readonly client: WebClient
}

/** A call that takes longer has an uncertain end. */
const TIMEOUT_MS = 15_000
/** How often a call is made again because Slack asks for a pause. */
const PATIENCE = 10

export function createWeb(options: {
  token: string
  apiUrl: string | null
  clock: Clock
  log: Log
  signal: AbortSignal
}): Web {
  const { token, apiUrl, clock, log, signal } = options
  const client = new webApi.WebClient(token, {
    ...(apiUrl && { slackApiUrl: apiUrl }),
    // The library would repeat a post whose answer was lost, and then it stands there twice.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT_MS,
    logger: libraryLog(log),
  })
  const lanes = new Map<string, Promise<unknown>>()
  const patiently = async <T>(lane: string, work: (client: WebClient) => Promise<T>): Promise<T> => {
    for (let refused = 0; ; refused += 1) {
      try {
        return await work(client)
      } catch (error) {
        if (!(error instanceof webApi.WebAPIRateLimitedError) || refused === PATIENCE) throw error
        log.debug({ lane, seconds: error.retryAfter }, 'Slack asks for a pause')
        await clock.sleep(error.retryAfter * 1000, signal)
      }
    }
  }
  return {
    client,
    call: (lane, work) => {
      const before = lanes.get(lane) ?? Promise.resolve()
      const made = before.then(() => patiently(lane, work))
      const ended = made
        .catch(() => {}) // the caller has it
        .finally(() => {
          if (lanes.get(lane) === ended) lanes.delete(lane)
        })
      lanes.set(lane, ended)
      return made
    },
  }
}

/** Slack's word for what went wrong (`not_in_channel`); null when it did not answer. */
export const slackError = (error: unknown): string | null =>
  error instanceof webApi.WebAPIPlatformError ? error.data.error : null

/** What went wrong, for a sentence. */
export const slackReason = (error: unknown): string => slackError(error) ?? messageOf(error)

/** The library's own log lines are for its developers: its warnings alone are ours. */
export function libraryLog(log: Log): webApi.Logger {
  const level = webApi.LogLevel.WARN
  return {
    debug: () => {},
    info: () => {},
    warn: (...words) => log.debug({ words }, 'slack'),
    error: (...words) => log.warn({ words }, 'slack'),
    getLevel: () => level,
    setLevel: () => {},
    setName: () => {},
  }
}
