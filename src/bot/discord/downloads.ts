import { Readable } from 'node:stream'
import { UserError } from '../../errors.ts'
import { bounded, fetchFile, liesAt, notAttached } from '../download.ts'
import type { Attachment } from '../drafts.ts'

/** What fetching a file of Discord needs. */
export type Downloads = { apiUrl: string | null }

const DISCORD_FILES = ['https://cdn.discordapp.com', 'https://media.discordapp.net']

/** A file that lies at Discord, by its address; it is fetched when the job is made. */
export const attached = ({ name, ref }: Omit<Attachment, 'open'>, downloads: Downloads): Attachment => ({
  name,
  ref,
  open: () => Readable.from(bytesOf(name, ref, downloads), { objectMode: false }),
})

/** A file as Discord names it. */
export const uploadOf = ({ name, url }: { name: string; url: string }, downloads: Downloads): Attachment =>
  attached({ name, ref: url }, downloads)

async function* bytesOf(name: string, url: string, { apiUrl }: Downloads): AsyncGenerator<Uint8Array> {
  if (!liesAt(url, [...DISCORD_FILES, ...(apiUrl === null ? [] : [apiUrl])])) throw notAttached(name, 'Discord')
  const response = await fetchFile(url).catch(cause => {
    throw unreadable(name, cause)
  })
  if (!response.ok || response.body === null) throw unreadable(name, new Error(`status ${response.status}`))
  yield* bounded(name, response.body)
}

const unreadable = (name: string, cause: unknown): UserError =>
  new UserError(`I could not read \`${name}\` from Discord; nothing was started. Attach it again.`, { cause })
