import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TOKEN_FILE } from '../admin/token.ts'
import type { Config } from '../config.ts'
import { credential } from '../config-values.ts'
import { messageOf, UserError } from '../errors.ts'
import { localUrl } from '../own-server.ts'

/** A running server: its address without a slash at its end, and what lets in there. */
export type Target = { url: string; token: string }

const variables = z.object({
  ERRAND_URL: z
    .url({ protocol: /^https?$/, error: 'must be the address of a server, such as https://errand.example.com' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional(),
  ERRAND_TOKEN: credential.optional(),
})

/**
 * The server that the environment names, and else the one of this folder's configuration, which is loaded only where
 * it is needed. The folder's own token is for its own addresses alone: anybody may answer at another one. Throws a
 * UserError that says which variable to set.
 */
export async function targetOf(env: Record<string, string | undefined>, load: () => Config): Promise<Target> {
  const parsed = variables.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
  if (!parsed.success)
    throw new UserError(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}.`).join('\n'))
  const { ERRAND_URL: url, ERRAND_TOKEN: token } = parsed.data
  if (url !== undefined && token === undefined) assertOwn(url, load())
  return { url: url ?? ownUrl(load()), token: token ?? (await ownToken(load())) }
}

function assertOwn(url: string, { host, port, publicUrl }: Config): void {
  if (url === localUrl({ host, port }) || url === publicUrl?.replace(/\/+$/, '')) return
  throw new UserError(`Set ERRAND_TOKEN to the admin token of the server at ${url}: it is not the one of this folder.`)
}

function ownUrl({ host, port }: Config): string {
  if (port === 0) throw new UserError('With PORT=0 a server takes any port: set ERRAND_URL to its address.')
  return localUrl({ host, port })
}

async function ownToken({ adminToken, dataDir }: Config): Promise<string> {
  if (adminToken !== null) return adminToken
  const path = join(dataDir, TOKEN_FILE)
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    const remedy = 'Set ERRAND_TOKEN to the admin token of the server, or run this in its folder.'
    throw new UserError(`There is no token in ${path} (${messageOf(cause)}). ${remedy}`, { cause })
  }
}
