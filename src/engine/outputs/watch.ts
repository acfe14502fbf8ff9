import { lstat } from 'node:fs/promises'
import type { Clock } from '../../clock.ts'
import { outOfReach } from './folder.ts'
import { type Found, walk } from './walk.ts'

/** How far apart the looks are: a disk takes minutes to fill, and a look costs a call for each file. */
const EVERY_MS = 10_000
/** After a look of a second comes a pause of twenty: a workspace of many files must not cost a core. */
const PAUSE_PER_LOOK = 20
/** How many files are asked about at once. */
const AT_ONCE = 64
/** What a file takes at least, for its name and its place: a million empty ones fill a disk too. */
const MIN_BYTES = 4096

/**
 * Looks again and again how much of the disk the folders take, links not followed, until it is more than the limit:
 * then it resolves with the bytes, or with null when the signal is aborted first. What a process has removed and holds
 * open is not seen.
 */
export async function watchFolders(
  { clock, folders, limitBytes }: { clock: Clock; folders: readonly string[]; limitBytes: number },
  signal: AbortSignal,
): Promise<number | null> {
  let pause = EVERY_MS
  while (await sleeps(clock, pause, signal)) {
    const start = performance.now()
    const bytes = await bytesIn(folders, signal)
    if (bytes > limitBytes && !signal.aborted) return bytes
    pause = Math.max(EVERY_MS, PAUSE_PER_LOOK * (performance.now() - start))
  }
  return null
}

/** False when the signal was aborted. */
const sleeps = (clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> =>
  clock.sleep(ms, signal).then(
    () => true,
    error => {
      if (signal.aborted) return false
      throw error
    },
  )

/** What the folders take on the disk; less when the signal was aborted meanwhile. */
export async function bytesIn(folders: readonly string[], signal: AbortSignal): Promise<number> {
  let sum = 0
  for (const folder of folders) {
    for await (const batch of walk(folder)) {
      for (let i = 0; i < batch.length; i += AT_ONCE) {
        if (signal.aborted) return sum
        for (const bytes of await Promise.all(batch.slice(i, i + AT_ONCE).map(bytesOf))) sum += bytes
      }
    }
  }
  return sum
}

/** The blocks of a file, not its size: a sparse one takes nothing; each of its links counts for its share. */
async function bytesOf({ at }: Found): Promise<number> {
  const stat = await lstat(at).catch(outOfReach)
  return stat ? Math.max(MIN_BYTES, (stat.blocks * 512) / Math.max(1, stat.nlink)) : 0
}
