import { type AckFn, type App, type Receiver, type ReceiverEvent, SocketModeReceiver } from '@slack/bolt'
import type { Clock } from '../../clock.ts'
import { messageOf, UserError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { libraryLog, slackError } from './web.ts'

/** What Slack sends, on its way to the listeners; the same for both transports. */
export type Inlet = Receiver & {
  /** Resolves once the listeners have kept what came, and it is acknowledged; rejects when it was not kept. */
  process(body: Record<string, unknown>, ack: AckFn<unknown>): Promise<void>
}

/**
 * Bolt acknowledges an event before its listener runs, and then it is lost when that fails. Here an event is
 * acknowledged after its listener, so that Slack sends again what was not kept.
 */
export function createInlet(): Inlet {
  let app: App | null = null
  return {
    init: bolt => {
      app = bolt
    },
    start: async () => {},
    stop: async () => {
      app = null
    },
    process: async (body, ack) => {
      const isEvent = body.type === 'event_callback'
      const event: ReceiverEvent = { body, ack: isEvent ? async () => {} : ack }
      if (app === null) throw new Error('the bot is not connected yet')
      await app.processEvent(event)
      if (isEvent) await ack()
    },
  }
}

/** A connection to Slack that is held until the stop. */
export type Socket = {
  /** Resolves once connected; rejects when Slack refuses the first connection. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** How long Slack may take to say goodbye. */
const GOODBYE_MS = 1000

/** Throws a UserError for an app token that Slack refuses: it stays wrong. Anything else may pass. */
export function explainRefusal(error: unknown): never {
  const why = slackError(error)
  if (why === null) throw error
  const remedy = `Make one with the scope connections:write on the app's page "Basic Information", under "App-Level Tokens"`
  throw new UserError(`Slack does not take SLACK_APP_TOKEN (${why}). ${remedy}.`, { cause: error })
}

const RECONNECT_MS = [0, 1000, 2000, 5000, 15_000, 30_000]

/**
 * Socket Mode. The library waits five seconds before it connects again, and a failure while it does can end the
 * process; so the connection is taken up here.
 */
export function createSocket(
  { appToken, apiUrl, inlet }: { appToken: string; apiUrl: string | null; inlet: Inlet },
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
): Socket {
  const logger = libraryLog(log)
  const clientOptions = { ...(apiUrl && { slackApiUrl: apiUrl }), retryConfig: { retries: 0 } }
  const { client } = new SocketModeReceiver({
    ...{ appToken, logger, autoReconnectEnabled: false, installerOptions: { clientOptions } },
  })
  client.on('slack_event', ({ body, ack }: { body: Record<string, unknown>; ack: AckFn<unknown> }) => {
    inlet.process(body, ack).catch(error => log.error({ err: error }, 'what Slack sent was not taken'))
  })
  let reconnecting = false
  const reconnect = async () => {
    if (reconnecting) return // a connection that breaks while it is made says so twice
    reconnecting = true
    await connectAgain()
    reconnecting = false
  }
  const connectAgain = async () => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await clock.sleep(RECONNECT_MS[Math.min(failures, RECONNECT_MS.length - 1)] ?? 0, signal)
        await client.start()
        return log.info('connected to Slack again')
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, `Slack cannot be reached: ${messageOf(error)}`)
      }
    }
  }
  return {
    start: async () => {
      await client.start().catch(explainRefusal)
      client.on('disconnected', () => {
        if (!signal.aborted) void reconnect()
      })
    },
    stop: async () => void (await Promise.race([client.disconnect(), clock.sleep(GOODBYE_MS)])),
  }
}
