import { randomUUID } from 'node:crypto'
import { chmod, opendir, rename, rm } from 'node:fs/promises'

/** What lies farther below the top than this is brought up to it; on macOS a path has 1024 bytes at most. */
const FAR_BYTES = 500
const SLASH = Buffer.from('/')

/**
 * Removes a folder and all that is in it, also where an agent has taken rights away from folders, or put so many into
 * each other that no path leads to the last; one that is not there is no error. Links are removed, not followed.
 */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (!IN_THE_WAY.has(error.code)) throw error
    await openUp(path)
    await rm(path, { recursive: true, force: true })
  })
}

const IN_THE_WAY: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'ENAMETOOLONG'])

/**
 * Gives every folder below back to us, and brings those that are far down to the top, while the removal that was stopped
 * still goes on with the rest.
 */
async function openUp(path: string): Promise<void> {
  const top = Buffer.from(path)
  const folders = [top]
  await chmod(top, 0o700).catch(unlessGone)
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    // A character for each byte, so that any name survives.
    for await (const entry of (await opendir(folder, { encoding: 'latin1' }).catch(unlessGone)) ?? []) {
      if (!entry.isDirectory()) continue
      const inner = Buffer.concat([folder, SLASH, Buffer.from(entry.name, 'latin1')])
      const near = inner.length - top.length > FAR_BYTES ? Buffer.from(`${path}/${randomUUID()}`) : inner
      await chmod(inner, 0o700).catch(unlessGone)
      if (near !== inner) await rename(inner, near).catch(unlessGone)
      folders.push(near)
    }
  }
}

/** Lets an error pass where something was gone already: somebody else removes things too. */
export function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
