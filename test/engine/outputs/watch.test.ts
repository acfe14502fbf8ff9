import { link, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { watchFolders } from '../../../src/engine/outputs/watch.ts'
import { setUp } from './place.ts'

const nothing = async () => {}

/** What a watch says that looks once after each of these; the signal is aborted when they have all been. */
async function watch(folders: string[], limitBytes: number, before: (() => Promise<unknown>)[] = [nothing]) {
  const stop = new AbortController()
  const pauses: number[] = []
  const sleep = async (ms: number) => {
    const next = before[pauses.push(ms) - 1]
    if (next) await next()
    else stop.abort()
    stop.signal.throwIfAborted()
  }
  const bytes = await watchFolders({ clock: { now: () => new Date(), sleep }, folders, limitBytes }, stop.signal)
  return { bytes, pauses }
}

test('more than the limit is said with its bytes, and what is within it is not', async () => {
  const { workspace } = await setUp({ 'a.bin': Buffer.alloc(100_000), 'docs/.hidden/b.bin': Buffer.alloc(100_000) })
  const { bytes } = await watch([workspace], 150_000)
  expect(bytes).toBeGreaterThanOrEqual(200_000)
  expect(bytes).toBeLessThan(250_000)
  expect((await watch([workspace], 250_000)).bytes).toBeNull()
})

test('a folder is looked at every ten seconds, and what grows between two looks is seen', async () => {
  const { workspace } = await setUp({ 'a.bin': Buffer.alloc(100_000) })
  const grow = () => writeFile(join(workspace, 'b.bin'), Buffer.alloc(100_000))
  const { bytes, pauses } = await watch([workspace], 150_000, [nothing, nothing, grow, nothing])
  expect(bytes).toBeGreaterThan(150_000)
  expect(pauses).toEqual([10_000, 10_000, 10_000])
})

test('all folders count together', async () => {
  const { dir, workspace } = await setUp({ 'a.bin': Buffer.alloc(100_000) })
  const tmp = join(dir, 'tmp')
  await mkdir(tmp)
  await writeFile(join(tmp, 'b.bin'), Buffer.alloc(100_000))
  expect((await watch([workspace, tmp], 150_000)).bytes).toBeGreaterThan(150_000)
  expect((await watch([workspace], 150_000)).bytes).toBeNull()
})

test('links are not followed', async () => {
  const { dir, workspace } = await setUp({ 'a.md': 'x' })
  await writeFile(join(dir, 'large.bin'), Buffer.alloc(500_000))
  await symlink(dir, join(workspace, 'up'))
  await symlink(join(dir, 'large.bin'), join(workspace, 'large.bin'))
  expect((await watch([workspace], 100_000)).bytes).toBeNull()
})

test('a file with many names counts once, and a sparse one as much as it takes', async () => {
  const { workspace } = await setUp({ 'a.bin': Buffer.alloc(500_000), 'sparse.bin': '' })
  for (const name of ['b', 'c', 'd', 'e']) await link(join(workspace, 'a.bin'), join(workspace, name))
  await truncate(join(workspace, 'sparse.bin'), 1e12)
  expect((await watch([workspace], 600_000)).bytes).toBeNull()
})

test('empty files and folders take their place', async () => {
  const { workspace } = await setUp(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}/empty`, ''])))
  expect((await watch([workspace], 300_000)).bytes).toBeGreaterThanOrEqual(100 * 4096)
})

test('a folder that is removed meanwhile takes nothing', async () => {
  const { dir, workspace } = await setUp({ 'a.bin': Buffer.alloc(500_000) })
  const remove = async () => {
    await rename(workspace, join(dir, 'elsewhere'))
    await rm(join(dir, 'elsewhere'), { recursive: true })
  }
  expect((await watch([workspace], 100_000, [remove, nothing])).bytes).toBeNull()
})

test('a watch ends at once when its signal is aborted', async () => {
  const { workspace } = await setUp({})
  const stop = new AbortController()
  const watching = watchFolders({ clock: systemClock, folders: [workspace], limitBytes: 1 }, stop.signal)
  stop.abort(new Error('the run is over'))
  expect(await watching).toBeNull()
})
