import { App } from '@slack/bolt'
import type { Instructions } from '../../engine/instructions/instruction.ts'
import type { Platform, PlatformLimits } from '../platform.ts'
import type { PlatformDeps } from '../platform-deps.ts'
import { SLACK } from './address.ts'
import { connect } from './connect.ts'
import { MESSAGE_CHARS } from './draw.ts'
import type { Ears } from './ears.ts'
import { createHttp } from './http.ts'
import { listen } from './listen.ts'
import { HTTP_PATH } from './manifest.ts'
import { createPace } from './pace.ts'
import { createPeople, type Self } from './people.ts'
import { createPosts } from './posts.ts'
import { createInlet, createSocket, type Inlet } from './receiver.ts'
import { createStatus } from './status.ts'
import { createWeb, libraryLog } from './web.ts'
import { createWhisper } from './whisper.ts'

/** How the bot reaches one workspace. */
export type SlackOptions = PlatformDeps & {
  botToken: string
  /** Socket Mode. Without it Slack calls over HTTP and signs with the secret. */
  appToken: string | null
  signingSecret: string | null
  /** Another server that speaks the same API, with a slash at its end; null: Slack's own. */
  apiUrl: string | null
  /** Keys of people whom `ADMIN_USERS` names. */
  adminUsers: readonly string[]
}

/** All edits of a workspace share this; Slack allows about fifty. */
const EDITS_PER_MINUTE = 45

const LIMITS: PlatformLimits = {
  messageChars: MESSAGE_CHARS,
  editsPerMinute: 12,
  tickMs: 60_000,
  filesPerPost: 10,
  fileBytes: 1_000_000_000,
  postBytes: Number.POSITIVE_INFINITY, // each file has a call of its own
}

/** Slack behind the port. Nothing is connected before `start`. */
export function createSlack(options: SlackOptions): Platform {
  const { botToken: token, appToken, signingSecret: secret, apiUrl, controls, clock, log } = options
  const waiting = new AbortController()
  const deps = { clock, log, signal: waiting.signal }
  const web = createWeb({ token, apiUrl, ...deps })
  const inlet = createInlet()
  const whisper = createWhisper(web, controls)
  const socket = appToken === null ? null : createSocket({ appToken, apiUrl, inlet }, deps)
  return {
    name: SLACK,
    limits: LIMITS,
    ...(appToken === null &&
      secret !== null && { http: { path: HTTP_PATH, handle: createHttp({ secret, inlet }, deps) } }),
    start: async take => {
      const self = await connect(web, log)
      listen(appOf(inlet, self, options), earsOf({ take, self, web, whisper }, options))
      await socket?.start()
      log.info({ workspace: self.team, as: self.name }, 'connected to Slack')
    },
    stop: async () => {
      waiting.abort()
      await inlet.stop()
      await socket?.stop()
    },
    stopWaiting: () => waiting.abort(),
    ...createPosts({ web, controls, pace: createPace(EDITS_PER_MINUTE, clock), log, signal: waiting.signal }),
    whisper: whisper.tell,
    working: createStatus(web, log),
  }
}

/** Bolt routes what comes in to the listeners. */
const appOf = (receiver: Inlet, self: Self, { botToken, log }: SlackOptions): App =>
  new App({
    receiver,
    authorize: async () => ({ botToken, botId: self.bot, botUserId: self.user, teamId: self.team }),
    ...{ convoStore: false, attachFunctionToken: false, logger: libraryLog(log) },
  })

function earsOf(given: Pick<Ears, 'take' | 'self' | 'web' | 'whisper'>, options: SlackOptions): Ears {
  const { botToken: token, apiUrl, controls, engine } = options
  const people = createPeople({ ...options, ...given, named: () => namedIn(engine.instructions()) })
  return { ...given, people, engine, controls, downloads: { web: given.web, token, apiUrl } }
}

/** Whom instructions name is known to the people who run the server. */
const namedIn = ({ byName }: Instructions): ReadonlySet<string> =>
  new Set([...byName.values()].flatMap(({ allow }) => allow))
