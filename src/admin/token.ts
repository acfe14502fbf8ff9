import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, UserError } from '../errors.ts'

/** The file in DATA_DIR that holds the token when none is configured. */
export const TOKEN_FILE = 'admin-token'

/**
 * The admin's token: the configured one, else the one that an earlier start made, else a new one, which only the
 * server's user may read. Throws a UserError when the file cannot be read or written.
 */
export async function adminToken(dataDir: string, configured: string | null): Promise<string> {
  if (configured !== null) return configured
  const path = join(dataDir, TOKEN_FILE)
  try {
    const made = `errand_${randomBytes(24).toString('base64url')}` // by this form it is known and redacted
    // `wx`: of two servers that start at once, one makes it and both read it.
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    const token = (await readFile(path, 'utf8')).trim()
    if (token.length < 16) throw new Error('it holds no token')
    return token
  } catch (cause) {
    const remedy = 'Remove it to have a new one made, or set ADMIN_TOKEN.'
    throw new UserError(`The admin token in ${path} cannot be used (${messageOf(cause)}). ${remedy}`, { cause })
  }
}

/** Compares in a time that tells nothing of where two texts differ, nor of their lengths. */
export const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
