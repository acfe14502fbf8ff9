import { createReadStream } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { HTTPException } from 'hono/http-exception'
import type { OutputView } from '../engine/view.ts'

/** The bytes of an output, never to be shown or run by a browser in our name. */
export async function serveOutput(
  { path, bytes, type, sha256, file }: OutputView,
  headOnly: boolean,
): Promise<Response> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => error,
  )
  const headers = {
    'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    'content-disposition': `attachment; filename*=UTF-8''${encodeHeader(path.split('/').at(-1) ?? '')}`,
    'content-length': String(bytes),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, max-age=3600',
    etag: `"${sha256}"`,
  }
  if (handle instanceof Error)
    throw new HTTPException(404, { message: `The file ${path} is no longer kept on this server (${handle.code}).` })
  if (headOnly) {
    await handle.close() // nobody would read it to its end
    return new Response(null, { headers })
  }
  return new Response(Readable.toWeb(createReadStream('', { fd: handle })) as ReadableStream, { headers })
}

/** After RFC 8187: what `encodeURIComponent` leaves and a header does not take is escaped too. */
const encodeHeader = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, char => `%${char.charCodeAt(0).toString(16)}`)
