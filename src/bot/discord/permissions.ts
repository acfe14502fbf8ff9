import { OAuth2Scopes, PermissionFlagsBits, type PermissionsBitField, type PermissionsString } from 'discord.js'

/** What a job's card, thread and files need; nothing more is asked for. */
const NEEDED = {
  ViewChannel: 'View Channel',
  SendMessages: 'Send Messages',
  CreatePublicThreads: 'Create Public Threads',
  SendMessagesInThreads: 'Send Messages in Threads',
  AttachFiles: 'Attach Files',
  ReadMessageHistory: 'Read Message History',
} satisfies Partial<Record<PermissionsString, string>>

const BITS = (Object.keys(NEEDED) as (keyof typeof NEEDED)[]).map(name => [name, PermissionFlagsBits[name]] as const)

/** One sentence that names what the bot lacks in a place, with the remedy; null when nothing is missing. */
export function missingPermissions(has: Readonly<PermissionsBitField> | null, inThread: boolean): string | null {
  if (has === null) return null // a direct message: there are no permissions to lack
  const needless = inThread ? ['SendMessages', 'CreatePublicThreads'] : []
  const missing = BITS.filter(([name, bit]) => !has.has(bit) && !needless.includes(name)).map(([name]) => NEEDED[name])
  if (missing.length === 0) return null
  const words = missing.map(name => `\`${name}\``).join(' and ')
  return `I lack the permission ${words} in this channel; nothing was started. Whoever runs this server can give it to me under Edit Channel, Permissions.`
}

/** The address at which the bot of this application is invited with exactly what it needs. */
export function inviteLink(applicationId: string): string {
  const permissions = BITS.reduce((all, [, bit]) => all | bit, 0n)
  const scope = `${OAuth2Scopes.Bot} ${OAuth2Scopes.ApplicationsCommands}`
  return `https://discord.com/oauth2/authorize?${new URLSearchParams({ client_id: applicationId, scope, permissions: String(permissions) })}`
}
