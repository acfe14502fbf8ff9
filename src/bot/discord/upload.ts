import { Readable } from 'node:stream'
import type { Upload } from '../../engine/instructions/instruction.ts'
import { UserError } from '../../errors.ts'

/** A file that lies at Discord; as JSON its name and address, from which `uploadOf` makes it anew. */
export type RemoteFile = Upload & { url: string }

export const uploadOf = ({ name, url }: { name: string; url: string }): RemoteFile => ({
  name,
  url,
  open: () => Readable.from(download(name, url)),
})

async function* download(name: string, url: string): AsyncGenerator<Uint8Array> {
  const response = await fetch(url).catch(cause => {
    throw unreadable(name, cause)
  })
  if (!response.ok || response.body === null) throw unreadable(name, new Error(`status ${response.status}`))
  yield* response.body
}

const unreadable = (name: string, cause: unknown): UserError =>
  new UserError(`I could not read \`${name}\` from Discord; nothing was started. Attach it again.`, { cause })
