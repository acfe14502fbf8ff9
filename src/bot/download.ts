import { UserError } from '../errors.ts'
import { size } from '../words.ts'

/** The most that one file may have: what is larger is not read into a workspace. */
export const MAX_BYTES = 200_000_000
const TIMEOUT_MS = 10 * 60_000

/** Asks for a file; it is where its address says or nowhere, so that neither a token nor the request is led elsewhere. */
export const fetchFile = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })

/** True for an address at one of these origins: nothing else is asked for a file, whoever named it. */
export const liesAt = (url: string, origins: readonly string[]): boolean =>
  URL.canParse(url) && origins.some(origin => new URL(origin).origin === new URL(url).origin)

/** What a person is told whose file lies somewhere else than in their chat. */
export const notAttached = (name: string, chat: string): UserError =>
  new UserError(`\`${name}\` does not lie at ${chat}, so I cannot read it. Attach the file itself.`)

/** The bytes of a file, counted as they come: throws a UserError at the first that is too many. */
export async function* bounded(
  name: string,
  body: AsyncIterable<Uint8Array>,
  most = MAX_BYTES,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > most) throw tooLarge(name, most)
    yield chunk
  }
}

export const tooLarge = (name: string, most = MAX_BYTES): UserError =>
  new UserError(`\`${name}\` is larger than ${size(most)}, which is more than I read. Give me a smaller file.`)
