import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import {
  dropTmp,
  dropUploads,
  type Folders,
  foldersIn,
  keepUploads,
  makeFolders,
  prepareWorkspace,
} from '../../src/engine/workspace.ts'
import { makeDeep } from '../support/deep.ts'

const JOB = 'job00001'

async function setUp(): Promise<{ dir: string; folders: Folders }> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-workspace-')))
  onTestFinished(() => rm(dir, { recursive: true }))
  const folders = foldersIn(join(dir, 'data'))
  await makeFolders(folders)
  return { dir, folders }
}

const upload = (name: string, ...chunks: string[]) => ({
  name,
  open: () => Readable.from(chunks.map(c => Buffer.from(c))),
})
const attemptOf = (files: { name: string; bytes: number; sha256: string; path: string }[], n = 1) => ({
  ...{ job: JOB, n, workspace: 'w', session: 's', files, reference: null },
})

test('the folders are made once and for this user only', async () => {
  const { folders } = await setUp()
  await makeFolders(folders)
  for (const folder of Object.values(folders)) expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

test('what a person gave is kept whole, with its size and checksum', async () => {
  const { folders } = await setUp()
  const kept = await keepUploads(folders, JOB, [upload('notes.md', '# No', 'tes ä'), upload('empty.md')])
  const sha256 = createHash('sha256').update('# Notes ä').digest('hex')
  expect(kept).toEqual([
    { name: 'notes.md', bytes: 10, sha256, path: 'inputs/notes.md' },
    expect.objectContaining({ name: 'empty.md', bytes: 0 }),
  ])
  expect(await readFile(join(folders.inputs, JOB, 'notes.md'), 'utf8')).toBe('# Notes ä')
})

test('nothing given leaves nothing', async () => {
  const { folders } = await setUp()
  expect(await keepUploads(folders, JOB, [])).toEqual([])
  expect(await readdir(folders.inputs)).toEqual([])
  await dropUploads(folders, JOB)
})

test('an upload that breaks off is an error, and what was kept can be dropped', async () => {
  const { folders } = await setUp()
  const broken = { name: 'b.md', open: () => Readable.from(failing()) }
  await expect(keepUploads(folders, JOB, [upload('a.md', 'x'), broken])).rejects.toThrow('connection lost')
  await dropUploads(folders, JOB)
  expect(await readdir(folders.inputs)).toEqual([])
})

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.from('half')
  throw new Error('connection lost')
}

test('an attempt finds its files in its workspace, its session and a temporary folder', async () => {
  const { dir, folders } = await setUp()
  const files = await keepUploads(folders, JOB, [upload('notes.md', 'x')])
  const made = await prepareWorkspace(folders, attemptOf(files))
  expect(made).toEqual({
    workspace: join(dir, 'data/workspaces/w'),
    session: join(dir, 'data/sessions/s'),
    tmp: join(dir, `data/tmp/${JOB}-1`),
  })
  expect(await readFile(join(made.workspace, 'inputs/notes.md'), 'utf8')).toBe('x')
  for (const folder of [made.tmp, made.session]) expect((await stat(folder)).isDirectory()).toBe(true)
})

test('no name that a file may have is in the way of another one', async () => {
  const { folders } = await setUp()
  const names = ['a.md.part', 'a.md', `${'x'.repeat(252)}.md`]
  const files = await keepUploads(
    folders,
    JOB,
    names.map(name => upload(name, name)),
  )
  const { workspace } = await prepareWorkspace(folders, attemptOf(files))
  expect((await readdir(join(workspace, 'inputs'))).sort()).toEqual(names.sort())
  for (const name of names) expect(await readFile(join(workspace, 'inputs', name), 'utf8')).toBe(name)
})

test('without files there is no inputs folder', async () => {
  const { folders } = await setUp()
  const { workspace } = await prepareWorkspace(folders, attemptOf([]))
  expect(await readdir(workspace)).toEqual([])
})

test('an attempt that goes on finds what the one before it left, and a new temporary folder', async () => {
  const { folders } = await setUp()
  const files = await keepUploads(folders, JOB, [upload('notes.md', 'given'), upload('more.md', 'given')])
  const first = await prepareWorkspace(folders, attemptOf(files))
  await rm(join(first.workspace, 'inputs/notes.md'))
  await writeFile(join(first.workspace, 'inputs/notes.md'), 'changed')
  await rm(join(first.workspace, 'inputs/more.md'))
  const second = await prepareWorkspace(folders, attemptOf(files, 2))
  expect(second).toEqual({ ...first, tmp: `${first.tmp.slice(0, -1)}2` })
  expect(await readFile(join(second.workspace, 'inputs/notes.md'), 'utf8')).toBe('changed')
  expect(await readFile(join(second.workspace, 'inputs/more.md'), 'utf8')).toBe('given')
})

test('a temporary folder is dropped with all that it holds, once or twice', async () => {
  const { folders } = await setUp()
  const { tmp } = await prepareWorkspace(folders, attemptOf([]))
  await makeDeep(tmp)
  // Many, so that some are still being removed when what is too deep is found.
  for (let n = 0; n < 300; n += 1) await mkdir(join(tmp, `wide-${n}/a/b`), { recursive: true })
  await dropTmp(folders, { job: JOB, n: 1 })
  await dropTmp(folders, { job: JOB, n: 1 })
  expect(await readdir(folders.tmp)).toEqual([])
})

test.each(['inputs', 'inputs/.half', 'reference'])(
  'a link that an agent left as %s leads nothing outside',
  async path => {
    const { dir, folders } = await setUp()
    await mkdir(join(dir, 'outside'))
    await mkdir(join(dir, 'material'))
    await writeFile(join(dir, 'material/style.md'), 'short')
    const link = join(folders.workspaces, 'w', path)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(dir, path === 'inputs/.half' ? 'outside/new' : 'outside'), link)
    const files = await keepUploads(folders, JOB, [upload('notes.md', 'notes')])
    const { workspace } = await prepareWorkspace(folders, { ...attemptOf(files), reference: join(dir, 'material') })
    expect(await readdir(join(dir, 'outside'))).toEqual([])
    expect(await readFile(join(workspace, 'inputs/notes.md'), 'utf8')).toBe('notes')
    expect(await readFile(join(workspace, 'reference/style.md'), 'utf8')).toBe('short')
  },
)
