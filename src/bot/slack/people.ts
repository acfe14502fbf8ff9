import type { Clock } from '../../clock.ts'
import { UserError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { createCache } from '../cache.ts'
import type { Request } from '../platform.ts'
import { actorKey, channelOf, isDirect, userOf } from './address.ts'
import { slackError, type Web } from './web.ts'

/** The bot as its token names it, and its workspace. */
export type Self = { team: string; enterprise: string | null; user: string; bot: string; name: string }

/** Who may speak to the bot, and where it can answer. */
export type People = {
  /** How a person is called; their id where Slack does not say it soon. */
  nameOf(user: string): Promise<string>
  /** Rejects with a UserError for people from outside who are not named. */
  admit(request: Pick<Request, 'actor'>): Promise<void>
  /** Rejects with a UserError where the bot cannot post. */
  mayPost(request: Request): Promise<void>
  /** True for a bot or a person whom the configuration or an instruction names. */
  isNamed(user: string): boolean
}

export type PeopleOptions = {
  web: Web
  self: Self
  clock: Clock
  log: Log
  adminUsers: readonly string[]
  /** Actor keys that instructions name. */
  named: () => ReadonlySet<string>
}

const KEPT_MS = 10 * 60_000

export function createPeople(options: PeopleOptions): People {
  const { web, self, clock, log, adminUsers, named } = options
  const users = createCache(clock, KEPT_MS, async (user: string) => {
    const { user: found } = await web.call(`users.info ${user}`, client => client.users.info({ user }))
    return { name: found?.profile?.display_name || found?.real_name || found?.name || user, ...outsider(found, self) }
  })
  const channels = createCache(clock, KEPT_MS, (channel: string) => canPost(web, channel, self.name))
  const isNamed = (user: string) => adminUsers.includes(actorKey(user)) || named().has(actorKey(user))
  return {
    isNamed,
    nameOf: async user => {
      try {
        return (await users.get(user)).name
      } catch (error) {
        log.warn({ err: error, user }, 'Slack did not say how somebody is called')
        return user
      }
    },
    admit: async ({ actor }) => {
      const user = userOf(actor)
      if (isNamed(user)) return
      const { why } = await users.get(user).catch(error => {
        throw new UserError('Slack does not tell me who you are just now; nothing was started. Try again.', {
          cause: error,
        })
      })
      if (why) throw new UserError(`I do not work for ${why}; the people who run this server can name you as one I do.`)
    },
    mayPost: async ({ place }) => {
      const problem = await channels.get(channelOf(place)).catch(error => {
        log.warn({ err: error, place }, 'Slack did not say whether the bot is in a channel')
        return null // the post will tell
      })
      if (problem === null) return
      channels.forget(channelOf(place))
      throw new UserError(problem)
    },
  }
}

type SlackUser = {
  team_id?: string
  is_restricted?: boolean
  is_ultra_restricted?: boolean
  is_stranger?: boolean
  is_bot?: boolean
  enterprise_user?: { enterprise_id?: string }
}

function outsider(user: SlackUser | undefined, self: Self): { why?: string } {
  if (user?.is_bot) return { why: 'other bots' }
  if (user?.is_restricted || user?.is_ultra_restricted) return { why: 'guests of this workspace' }
  const ours = user?.team_id === self.team || isOfEnterprise(user, self)
  return ours && !user?.is_stranger ? {} : { why: 'people of other workspaces' }
}

const isOfEnterprise = (user: SlackUser | undefined, { enterprise }: Self): boolean =>
  enterprise !== null && user?.enterprise_user?.enterprise_id === enterprise

/** Null where the bot may post, else what to do about it. */
async function canPost(web: Web, channel: string, name: string): Promise<string | null> {
  const invite = `Type \`/invite @${name}\` there and try again; nothing was started.`
  try {
    const { channel: found } = await web.call(`conversations.info ${channel}`, client =>
      client.conversations.info({ channel }),
    )
    if (found?.is_archived) return 'This channel is archived. Ask in another one; nothing was started.'
    if (found?.is_member || found?.is_im) return null
    return `I am not in #${found?.name ?? channel} yet. ${invite}`
  } catch (error) {
    if (!['channel_not_found', 'not_in_channel'].includes(slackError(error) ?? '')) throw error
    return isDirect(channel)
      ? 'I cannot post in a conversation of two others. Ask in a channel or write to me alone; nothing was started.'
      : `I am not in this channel yet. ${invite}`
  }
}
