import {
  Client,
  DiscordjsErrorCodes,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  Partials,
  type RESTOptions,
} from 'discord.js'
import { messageOf, UserError } from '../../errors.ts'
import type { Log } from '../../log.ts'

const INTENTS = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages]

/**
 * Logs in; the client is ready. The intent for the content of all messages is asked for, and gone without when it is
 * refused: mentions, direct messages and commands need none. Throws a UserError when the token is not taken.
 */
export async function connect(
  { token, apiUrl, log }: { token: string; apiUrl: string | null; log: Log },
  listen: (client: Client) => void,
): Promise<Client<true>> {
  try {
    return await login(token, apiUrl, log, [...INTENTS, GatewayIntentBits.MessageContent], listen)
  } catch (error) {
    if (!isRefusedIntent(error)) throw error
    log.warn(
      'Discord: the message content intent is not granted, so I hear mentions only. Developer Portal, Bot, Message Content Intent turns it on.',
    )
    return await login(token, apiUrl, log, INTENTS, listen)
  }
}

async function login(
  token: string,
  apiUrl: string | null,
  log: Log,
  intents: readonly GatewayIntentBits[],
  listen: (client: Client) => void,
): Promise<Client<true>> {
  const client = new Client({
    intents,
    partials: [Partials.Channel], // without it a direct message is not heard
    allowedMentions: { parse: [], repliedUser: false },
    rest: {
      ...(apiUrl && { api: apiUrl }),
      // Slack's library brings another undici, and the one that is loaded first sends for both: it cannot send our files.
      makeRequest: fetch as unknown as RESTOptions['makeRequest'],
    },
  })
  client.on(Events.Error, error => log.error({ err: error }, 'Discord: the connection broke'))
  client.on(Events.Warn, text => log.warn(`Discord: ${text}`))
  listen(client)
  const ready = new Promise<Client<true>>(resolve => client.once(Events.ClientReady, resolve))
  try {
    await client.login(token)
    const connected = await ready
    connected.on(Events.ShardDisconnect, ({ code }) => log.error(endWords(code))) // the library tries no more
    return connected
  } catch (error) {
    await client.destroy()
    if (isRefusedIntent(error)) throw error
    if (error instanceof Error && 'code' in error && error.code === DiscordjsErrorCodes.TokenInvalid)
      throw new UserError(TOKEN_REFUSED, { cause: error })
    throw new UserError(
      `Discord cannot be reached (${messageOf(error)}). Check the network and DISCORD_API_URL, and start again.`,
      { kind: 'runtime', cause: error },
    )
  }
}

const TOKEN_REFUSED = 'DISCORD_TOKEN is not taken by Discord. Copy it anew: Developer Portal, Bot, Reset Token.'

function endWords(code: number): string {
  const why =
    code === GatewayCloseCodes.AuthenticationFailed ? TOKEN_REFUSED : `Discord ended the connection (${code}).`
  return `${why} Until I am started again, I hear nothing there.`
}

const isRefusedIntent = (error: unknown): boolean => error instanceof Error && /disallowed intents/i.test(error.message)
