import { Readable } from 'node:stream'
import { UserError } from '../../errors.ts'
import { bounded, fetchFile } from '../download.ts'
import type { Attachment } from '../drafts.ts'

/** A file that lies at Discord, by its address. */
export const attached = ({ name, ref }: Omit<Attachment, 'open'>): Attachment => ({
  name,
  ref,
  open: () => Readable.from(download(name, ref)),
})

/** A file as Discord names it. */
export const uploadOf = ({ name, url }: { name: string; url: string }): Attachment => attached({ name, ref: url })

async function* download(name: string, url: string): AsyncGenerator<Uint8Array> {
  const response = await fetchFile(url).catch(cause => {
    throw unreadable(name, cause)
  })
  if (!response.ok || response.body === null) throw unreadable(name, new Error(`status ${response.status}`))
  yield* bounded(name, response.body)
}

const unreadable = (name: string, cause: unknown): UserError =>
  new UserError(`I could not read \`${name}\` from Discord; nothing was started. Attach it again.`, { cause })
