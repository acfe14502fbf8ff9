import { chmod, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes a folder and all that is in it, also where an agent has taken rights away from folders; one that is not there
 * is no error. Links are removed, not followed.
 */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error
    await openUp(path)
    await rm(path, { recursive: true, force: true })
  })
}

/** Gives every folder below back to us. */
async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for await (const entry of await opendir(folder)) if (entry.isDirectory()) await openUp(join(folder, entry.name))
}
