import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** Fills a folder with folders in each other until no path leads to the last: from the inside out, so that each one is short. */
export async function makeDeep(folder: string): Promise<void> {
  const name = 'd'.repeat(250)
  let inner = join(folder, 'inner')
  await mkdir(inner)
  for (let n = 0; n < 20; n += 1) {
    const outer = join(folder, `outer-${n}`)
    await mkdir(outer)
    await rename(inner, join(outer, name))
    inner = outer
  }
}
