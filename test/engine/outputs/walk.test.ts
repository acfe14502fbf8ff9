import { existsSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Found, walk } from '../../../src/engine/outputs/walk.ts'
import { collect, setUp } from './place.ts'

async function allOf(batches: AsyncIterable<Found[]>): Promise<string[]> {
  const all: string[] = []
  for await (const batch of batches) all.push(...batch.map(({ kind, path }) => `${kind} ${path}`))
  return all.sort()
}

test('everything below a folder is found, and nothing through a link', async () => {
  const { dir, workspace } = await setUp({ 'a.md': 'x', '.hidden/b': 'x', 'docs/deep/c.md': 'x' })
  await symlink(dir, join(workspace, 'up'))
  await symlink('a.md', join(workspace, 'docs/link.md'))
  expect(await allOf(walk(workspace))).toEqual([
    ...['file .hidden/b', 'file a.md', 'file docs/deep/c.md'],
    ...['folder .hidden', 'folder docs', 'folder docs/deep'],
    ...['other docs/link.md', 'other up'],
  ])
})

test('what is passed by is not looked into', async () => {
  const { workspace } = await setUp({ 'a.md': 'x', 'docs/a.md': 'x', 'docs/deep/b.md': 'x', 'deep/c.md': 'x' })
  const passBy = (name: string, depth: number) => (name === 'a.md' && depth === 1) || (name === 'deep' && depth === 0)
  expect(await allOf(walk(workspace, passBy))).toEqual([
    ...['file a.md', 'file docs/deep/b.md', 'folder docs', 'folder docs/deep'],
  ])
})

test('a name that is no UTF-8 has no path and can be opened', async () => {
  const { workspace } = await setUp({})
  const folder = Buffer.concat([Buffer.from(`${workspace}/`), Buffer.from([0xff])])
  await mkdir(folder)
  await writeFile(Buffer.concat([folder, Buffer.from('/inside')]), 'content')
  const contents: string[] = []
  for await (const batch of walk(workspace)) {
    for (const { path, at, kind } of batch) {
      expect(path).toBeNull()
      if (kind === 'file') contents.push(await readFile(at, 'utf8'))
    }
  }
  expect(contents).toEqual(['content'])
})

// Where there is no /proc (macOS), the path would be followed: see openFolder.
test.runIf(existsSync('/proc/self/fd'))(
  'a folder that becomes a link while it is walked is still that folder',
  async () => {
    const { dir, workspace } = await setUp({ 'docs/a.md': 'own' })
    const docs = join(workspace, 'docs')
    await mkdir(join(dir, 'secret'))
    await writeFile(join(dir, 'secret', 'a.md'), 'secret')
    for await (const batch of walk(workspace)) {
      const file = batch.find(({ kind }) => kind === 'file')
      if (!file) continue
      await rename(docs, join(dir, 'elsewhere'))
      await symlink(join(dir, 'secret'), docs)
      expect(await readFile(file.at, 'utf8')).toBe('own')
    }
    expect(await allOf(walk(workspace))).toEqual(['other docs'])
  },
)

test('a folder that becomes a link before its turn comes is not followed', async () => {
  const { dir, workspace } = await setUp({ 'docs/a.md': 'x' })
  await mkdir(join(dir, 'secret'))
  await writeFile(join(dir, 'secret', 'a.md'), 'secret')
  const walking = walk(workspace)
  expect((await walking.next()).value).toMatchObject([{ path: 'docs', kind: 'folder' }])
  await rename(join(workspace, 'docs'), join(dir, 'elsewhere'))
  await symlink(join(dir, 'secret'), join(workspace, 'docs'))
  expect(await allOf(walking)).toEqual(['closed docs'])
})

test.skipIf(process.getuid?.() === 0)('a folder that may not be read is given as closed', async () => {
  const { workspace } = await setUp({ 'docs/a.md': 'x' })
  await chmod(join(workspace, 'docs'), 0)
  onTestFinished(() => chmod(join(workspace, 'docs'), 0o700))
  expect(await allOf(walk(workspace))).toEqual(['closed docs', 'folder docs'])
})

test('a folder that is not there has nothing in it', async () => {
  const { dir } = await setUp({})
  expect(await allOf(walk(join(dir, 'nowhere')))).toEqual([])
})

test('many files come in batches, and the first by name of them are outputs', async () => {
  const place = await setUp({})
  const names = Array.from({ length: 1500 }, (_, i) => `${String(i).padStart(5, '0')}.md`)
  for (const name of names) writeFileSync(join(place.workspace, name), 'x')
  const sizes: number[] = []
  for await (const batch of walk(place.workspace)) sizes.push(batch.length)
  expect(sizes.reduce((a, b) => a + b)).toBe(1500)
  expect(Math.max(...sizes)).toBe(256)
  const collected = await collect(place, { files: 3 })
  expect(collected).toMatchObject({
    artifacts: names.slice(0, 3).map(path => ({ path })),
    leftOut: { over: 1497, unfit: 0 },
  })
})
