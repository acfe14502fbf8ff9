import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { link, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { collectArtifacts } from '../../src/engine/artifacts.ts'

type Place = { dir: string; workspace: string; folder: string }

/** A workspace with these files, and the folder that their copies go to. */
async function setUp(files: Record<string, string | Buffer>): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-artifacts-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const place = { dir, workspace: join(dir, 'workspace'), folder: join(dir, 'outputs', 'job00001', '1') }
  await mkdir(place.workspace)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(place.workspace, path)), { recursive: true })
    await writeFile(join(place.workspace, path), content)
  }
  return place
}

const collect = ({ workspace, folder }: Place, patterns: string[] | null = null) =>
  collectArtifacts({ workspace, folder, patterns })
const pathsOf = async (place: Place, patterns: string[] | null = null) =>
  (await collect(place, patterns)).map(({ path }) => path)

test('a file is copied whole, with its size, type and checksum, and its folders', async () => {
  const brief = Buffer.from('# Brief\nÄ 😀\n')
  const place = await setUp({ 'docs/brief.md': brief, 'empty.bin': '' })
  const sha256 = createHash('sha256').update(brief).digest('hex')
  const store = join(place.folder, 'docs', 'brief.md')
  expect(await collect(place)).toEqual([
    { path: 'docs/brief.md', bytes: brief.length, type: 'text/markdown', sha256, store },
    expect.objectContaining({ path: 'empty.bin', bytes: 0, type: 'application/octet-stream' }),
  ])
  expect(await readFile(store)).toEqual(brief)
})

test('a large file is copied whole', async () => {
  const content = Buffer.alloc(3_000_000, 'errand')
  const [artifact] = await collect(await setUp({ 'large.bin': content }))
  expect(artifact?.sha256).toBe(createHash('sha256').update(content).digest('hex'))
  expect((await readFile(artifact?.store ?? '')).equals(content)).toBe(true)
})

test('copies are read-only, and what happens later in the workspace changes none', async () => {
  const place = await setUp({ 'a.md': 'first', 'b.md': 'first' })
  const artifacts = await collect(place)
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
    ...{ '.hidden': 'x', '.git/config': 'x', 'sub/.cache/c': 'x' },
    ...{ 'sub/inputs/kept.md': 'x', 'notes.md': 'x' },
  })
  expect(await pathsOf(place)).toEqual(['notes.md', 'sub/inputs/kept.md'])
})

test('no link carries anything out of the workspace, and none stands for what is in it', async () => {
  const place = await setUp({ 'kept.md': 'x', 'twice.md': 'x' })
  const secret = join(place.dir, 'secret')
  await mkdir(secret)
  await writeFile(join(secret, 'key.pem'), 'secret')
  const inside = (name: string) => join(place.workspace, name)
  await symlink(join(secret, 'key.pem'), inside('file.pem'))
  await symlink(secret, inside('folder'))
  await symlink('kept.md', inside('also-kept.md'))
  await symlink('nowhere', inside('broken.md'))
  await symlink('loop', inside('loop'))
  await link(join(secret, 'key.pem'), inside('hard.pem'))
  await link(inside('twice.md'), inside('twice-again.md'))
  expect(await pathsOf(place)).toEqual(['kept.md'])
})

test('a pipe and a socket are passed by and nothing waits for them', async () => {
  const place = await setUp({ 'kept.md': 'x' })
  await promisify(execFile)('mkfifo', [join(place.workspace, 'pipe.md')])
  const server = createServer().listen(join(place.workspace, 'socket.md'))
  await new Promise(resolve => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  expect(await pathsOf(place)).toEqual(['kept.md'])
})

const NAMES = [
  'a b.md',
  'ü/😀.md',
  'line\nend.md',
  'in\nside/x.md',
  '-rf.md',
  'quo\'te".md',
  'back\\slash.md',
  '[a]{b}.md',
  'UP.MD',
]

test('any name is a name', async () => {
  const place = await setUp(Object.fromEntries(NAMES.map(name => [name, name])))
  const artifacts = await collect(place)
  expect(artifacts.map(({ path }) => path)).toEqual([...NAMES].sort())
  for (const { path, store } of artifacts) expect(await readFile(store, 'utf8')).toBe(path)
  expect(await pathsOf(place, ['**/*.md'])).toEqual([...NAMES].sort())
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

test('a try of the same attempt that did not end is written over', async () => {
  const place = await setUp({ 'a.md': 'first' })
  await collect(place)
  await writeFile(join(place.workspace, 'a.md'), 'second')
  const [artifact] = await collect(place)
  expect(await readFile(artifact?.store ?? '', 'utf8')).toBe('second')
})

test('an empty workspace, and one that the agent removed, hold nothing', async () => {
  const place = await setUp({})
  expect(await collect(place)).toEqual([])
  await rename(place.workspace, join(place.dir, 'elsewhere'))
  expect(await collect(place)).toEqual([])
})

test('outputs that cannot be kept are an error and not silence', async () => {
  const place = await setUp({ 'a.md': 'x' })
  await writeFile(join(place.dir, 'outputs'), 'a file where the folder should be')
  await expect(collect(place)).rejects.toThrow(/ENOTDIR|EEXIST/)
})
