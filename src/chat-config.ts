import { z } from 'zod'
import { credential, keys } from './config-values.ts'

/** The platforms where a schedule's jobs may be told, by their names in keys. */
export const CHATS = ['slack', 'discord', 'terminal'] as const

/** How Slack is reached: calls come over a socket with `appToken`, and over HTTP with `signingSecret`. */
export type SlackConfig = {
  readonly botToken: string
  readonly appToken: string | null
  readonly signingSecret: string | null
  /** With a slash at its end; null: Slack's own. */
  readonly apiUrl: string | null
  readonly adminUsers: readonly string[]
}

/** Variables that are secrets: they are taken out of all that leaves, and no agent is given one. */
export const CHAT_SECRETS = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET', 'DISCORD_TOKEN'] as const

const token = (prefix: string, name: string) =>
  credential.startsWith(prefix, `must begin with ${prefix}: it is the ${name} of the app's page at api.slack.com/apps`)

/** The chat platforms' variables. */
export const chatVariables = {
  SLACK_BOT_TOKEN: token('xoxb-', 'Bot User OAuth Token').optional(),
  SLACK_APP_TOKEN: token('xapp-', 'App-Level Token').optional(),
  SLACK_SIGNING_SECRET: credential.optional(),
  SLACK_API_URL: z
    .url({ protocol: /^https?$/, message: 'must be an address that begins with https:// or http://' })
    .transform(url => url.replace(/\/*$/, '/'))
    .optional(),
  DISCORD_TOKEN: credential.optional(),
  DISCORD_GUILD_IDS: keys(/^\d+$/, 'must be ids of servers, as in 81384788765712384, separated by commas'),
  DISCORD_API_URL: z
    .url({ protocol: /^https?$/, message: 'must be an address that begins with https:// or http://' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional(),
  ADMIN_USERS: keys(/^user:[a-z]+:\S+$/, 'must be keys such as user:slack:U024, with commas between'),
  ALLOWED_CHANNELS: keys(/^channel:[a-z]+:\S+$/, 'must be keys such as channel:slack:C024, with commas between'),
}

/** Slack's part of the environment, once it is checked; null without a token. */
export function slackOf(v: z.infer<z.ZodObject<typeof chatVariables>>): SlackConfig | null {
  if (v.SLACK_BOT_TOKEN === undefined) return null
  return Object.freeze({
    botToken: v.SLACK_BOT_TOKEN,
    appToken: v.SLACK_APP_TOKEN ?? null,
    signingSecret: v.SLACK_SIGNING_SECRET ?? null,
    apiUrl: v.SLACK_API_URL ?? null,
    adminUsers: v.ADMIN_USERS,
  })
}

/** How Discord is reached; without guilds its commands are global. */
export type DiscordConfig = {
  readonly token: string
  readonly guildIds: readonly string[]
  /** Null: Discord's own. */
  readonly apiUrl: string | null
}

/** Discord's part of the environment, once it is checked; null without a token. */
export const discordOf = (v: z.infer<z.ZodObject<typeof chatVariables>>): DiscordConfig | null =>
  v.DISCORD_TOKEN === undefined
    ? null
    : Object.freeze({ token: v.DISCORD_TOKEN, guildIds: v.DISCORD_GUILD_IDS, apiUrl: v.DISCORD_API_URL ?? null })

/** A token alone reaches nobody: one sentence about the variable that is missing, or null. */
export function missingHalf(v: Record<string, unknown>): string | null {
  const inward = v.SLACK_APP_TOKEN ?? v.SLACK_SIGNING_SECRET
  if (v.SLACK_BOT_TOKEN && !inward)
    return 'SLACK_APP_TOKEN: must be set beside SLACK_BOT_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP'
  if (inward && !v.SLACK_BOT_TOKEN) return 'SLACK_BOT_TOKEN: must be set too: it is the Bot User OAuth Token (xoxb-…)'
  return null
}
