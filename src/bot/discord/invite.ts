import { type APIApplication, REST, Routes } from 'discord.js'
import { inviteLink } from './permissions.ts'

/** The link that invites the bot of this token. Throws when Discord does not take the token or is not reached. */
export async function inviteOf({ token, apiUrl }: { token: string; apiUrl: string | null }): Promise<string> {
  const rest = new REST({ version: '10', retries: 0, ...(apiUrl && { api: apiUrl }) }).setToken(token)
  const { id } = (await rest.get(Routes.currentApplication())) as APIApplication
  return inviteLink(id)
}
