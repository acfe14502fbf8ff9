import { createHash } from 'node:crypto'
import { access, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { artifactsOf, collect, pathsOf, setUp } from './place.ts'

test('a file is copied whole, with its size, type and checksum, and its folders', async () => {
  const brief = Buffer.from('# Brief\nÄ 😀\n')
  const place = await setUp({ 'docs/brief.md': brief, 'empty.txt': '' })
  const sha256 = createHash('sha256').update(brief).digest('hex')
  const store = join(place.folder, 'docs', 'brief.md')
  expect(await collect(place)).toEqual({
    kind: 'kept',
    artifacts: [
      { path: 'docs/brief.md', bytes: brief.length, type: 'text/markdown', sha256, store },
      expect.objectContaining({ path: 'empty.txt', bytes: 0, type: 'text/plain' }),
    ],
    leftOut: { over: 0, unfit: 0 },
  })
  expect(await readFile(store)).toEqual(brief)
})

test('a large file is copied whole', async () => {
  const content = Buffer.alloc(3_000_000, 'errand')
  const [artifact] = await artifactsOf(await setUp({ 'large.bin': content }))
  expect(artifact?.sha256).toBe(createHash('sha256').update(content).digest('hex'))
  expect((await readFile(artifact?.store ?? '')).equals(content)).toBe(true)
})

test('a type is read from the content, whatever the name says', async () => {
  const place = await setUp({ 'chart.png': '<!doctype html><script>alert(1)</script>' })
  expect((await artifactsOf(place)).map(({ type }) => type)).toEqual(['text/html'])
})

test('copies are read-only, and what happens later in the workspace changes none', async () => {
  const place = await setUp({ 'a.md': 'first', 'b.md': 'first' })
  const artifacts = await artifactsOf(place)
  await writeFile(join(place.workspace, 'a.md'), 'second')
  await rm(join(place.workspace, 'b.md'))
  for (const { store } of artifacts) {
    expect(await readFile(store, 'utf8')).toBe('first')
    expect((await stat(store)).mode & 0o222).toBe(0)
  }
})

test('what was given, fetched or hidden is no output', async () => {
  const place = await setUp({
    ...{ 'inputs/notes.md': 'x', 'node_modules/a/index.js': 'x', 'sub/node_modules/b.js': 'x' },
    ...{ 'reference/style.md': 'x', '.hidden': 'x', '..notes.md': 'x', '.git/config': 'x', 'sub/.cache/c': 'x' },
    ...{ 'sub/inputs/kept.md': 'x', 'sub/reference/kept.md': 'x', 'notes.md': 'x' },
  })
  expect(await pathsOf(place)).toEqual(['notes.md', 'sub/inputs/kept.md', 'sub/reference/kept.md'])
})

test.each([
  [['*.md'], ['a.md', 'docs/b.md', 'docs/deep/c.md']],
  [['docs/*.md'], ['docs/b.md']],
  [['docs/**'], ['docs/b.md', 'docs/d.csv', 'docs/deep/c.md']],
  [
    ['**/*.csv', 'a.*'],
    ['a.md', 'docs/d.csv'],
  ],
  [['*.{csv,txt}'], ['docs/d.csv']],
  [['A.MD'], ['a.md']],
  [['*.pdf'], []],
  [['/etc/*', '../*'], []],
])('%j takes %j', async (patterns, paths) => {
  const place = await setUp({ 'a.md': 'x', 'docs/b.md': 'x', 'docs/deep/c.md': 'x', 'docs/d.csv': 'x', '.md': 'x' })
  expect(await pathsOf(place, patterns)).toEqual(paths)
})

test('a pattern takes a name in either spelling of its accents', async () => {
  const spellings = ['Übersicht'.normalize('NFC'), 'Übersicht'.normalize('NFD')]
  for (const pattern of spellings) {
    const place = await setUp(Object.fromEntries(spellings.map(name => [`${name}.md`, 'x'])))
    expect(await pathsOf(place, [`${pattern}.md`])).toEqual(spellings.map(name => `${name}.md`).sort())
  }
})

test('what another try of the same attempt left is gone', async () => {
  const place = await setUp({ 'a.md': 'first', 'b.md': 'x' })
  await collect(place)
  await writeFile(join(place.workspace, 'a.md'), 'second')
  await rm(join(place.workspace, 'b.md'))
  const [artifact] = await artifactsOf(place)
  expect(await readFile(artifact?.store ?? '', 'utf8')).toBe('second')
  expect(await readdir(place.folder)).toEqual(['a.md'])
})

test('an empty workspace, and one that the agent removed, hold nothing', async () => {
  const nothing = { kind: 'kept', artifacts: [], leftOut: { over: 0, unfit: 0 } }
  const place = await setUp({})
  expect(await collect(place)).toEqual(nothing)
  await rename(place.workspace, join(place.dir, 'elsewhere'))
  expect(await collect(place)).toEqual(nothing)
})

test('outputs that cannot be kept are an error and not silence', async () => {
  const place = await setUp({ 'a.md': 'x' })
  await writeFile(join(place.dir, 'outputs'), 'a file where the folder should be')
  await expect(collect(place)).rejects.toThrow(/ENOTDIR|EEXIST/)
})

test('of too many files the first by name are taken and the others counted', async () => {
  const place = await setUp({ 'd.md': 'x', 'b/c.md': 'x', 'a.md': 'x', 'b.md': 'x', 'note.txt': 'x' })
  const collected = await collect(place, { patterns: ['*.md'], files: 3 })
  expect(collected).toMatchObject({
    artifacts: [{ path: 'a.md' }, { path: 'b.md' }, { path: 'b/c.md' }],
    leftOut: { over: 1, unfit: 0 },
  })
})

test('files of just the limit of bytes are taken', async () => {
  const place = await setUp({ 'a.md': '12345', 'b.md': '12345' })
  expect(await collect(place, { bytes: 10 })).toMatchObject({ kind: 'kept' })
})

test('files over the limit of bytes are not taken, and none of them stays behind', async () => {
  const place = await setUp({ 'a.md': '12345', 'b.md': '123456' })
  expect(await collect(place, { bytes: 10 })).toEqual({ kind: 'too_large', bytes: 11 })
  await expect(access(place.folder)).rejects.toThrow('ENOENT')
})

test('files over the limit of files do not count to the bytes', async () => {
  const place = await setUp({ 'a.md': '12345', 'b.md': '123456' })
  expect(await collect(place, { files: 1, bytes: 10 })).toMatchObject({ kind: 'kept' })
})

test('a sparse file of a terabyte counts by its size and is not read', async () => {
  const place = await setUp({ 'a.md': 'x', 'sparse.bin': '' })
  await truncate(join(place.workspace, 'sparse.bin'), 1e12)
  expect(await collect(place)).toEqual({ kind: 'too_large', bytes: 1e12 + 1 })
})

test('a name is redacted, and two that come to the same stay two files with their own bytes', async () => {
  const place = await setUp({ 'key-1.md': 'one', 'key-2.md': 'two', '2-[secret].md': 'three' })
  const collected = await collect(place, { redact: text => text.replaceAll(/key-\d/g, '[secret]') })
  const artifacts = collected.kind === 'kept' ? collected.artifacts : []
  expect(artifacts.map(({ path }) => path)).toEqual(['2-[secret].md', '[secret].md', '3-[secret].md'])
  for (const { store } of artifacts) expect(store).not.toMatch(/key-\d/)
  expect(await Promise.all(artifacts.map(({ store }) => readFile(store, 'utf8')))).toEqual(['three', 'one', 'two'])
})
