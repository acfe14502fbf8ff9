import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { artifactsOf, collect, pathsOf, setUp } from './place.ts'

const NAMES = [
  'a b.md',
  'ü/😀.md',
  'line\nend.md',
  'in\nside/x.md',
  '-rf.md',
  '--help/-x.md',
  'quo\'te".md',
  'back\\slash.md',
  'C:\\x.md',
  '%2e%2e%2fup.md',
  '~.md',
  '$(id).md',
  '[a]{b}.md',
  'UP.MD',
  'up.md',
  'é.md'.normalize('NFC'),
  'é.md'.normalize('NFD'),
  `${'n'.repeat(252)}.md`,
  `${'ü'.repeat(126)}.md`,
]

test('any name is a name', async () => {
  const place = await setUp(Object.fromEntries(NAMES.map(name => [name, name])))
  const artifacts = await artifactsOf(place)
  expect(artifacts.map(({ path }) => path)).toEqual([...NAMES].sort())
  for (const { path, store } of artifacts) expect(await readFile(store, 'utf8')).toBe(path)
  expect(await pathsOf(place, ['**/*.md'])).toEqual([...NAMES].sort())
})

test('a name that is no UTF-8 is counted and left out, as is what is below such a folder', async () => {
  const place = await setUp({ 'kept.md': 'x' })
  const bytes = (name: string) => Buffer.concat([Buffer.from(`${place.workspace}/`), Buffer.from(name, 'latin1')])
  await writeFile(bytes('caf\xe9.md'), 'x')
  await mkdir(bytes('\xff'))
  await writeFile(bytes('\xff/inside.md'), 'x')
  expect(await collect(place)).toMatchObject({ artifacts: [{ path: 'kept.md' }], leftOut: { over: 0, unfit: 2 } })
})

// As on a disk that does not tell "A.md" from "a.md", where a second copy cannot have its own name.
test('a copy whose name is too long where it goes has another one there, and its own for people', async () => {
  const files = Object.fromEntries(['one', 'two'].map(name => [`${'d'.repeat(200)}/${name.repeat(60)}`, name]))
  const place = await setUp({ 'a.md': 'a', ...files })
  const room = 4096 - 200 - place.folder.length // the folder itself is just short enough
  place.folder = join(place.folder, ...Array.from({ length: Math.floor(room / 201) }, () => 'o'.repeat(200)))
  const artifacts = await artifactsOf(place)
  expect(artifacts.map(({ path }) => path)).toEqual(['a.md', ...Object.keys(files)])
  expect(await Promise.all(artifacts.map(({ store }) => readFile(store, 'utf8')))).toEqual(['a', 'one', 'two'])
  expect((await readdir(place.folder)).filter(name => name.startsWith('.'))).toEqual(['.1', '.2'])
})
