import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, chmod, link, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { inside, openBelow, openFolder } from '../../../src/engine/outputs/folder.ts'
import { artifactsOf, collect, type Place, pathsOf, setUp } from './place.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0

/** A folder beside the workspace that no output may show anything of. */
async function hideSecret(place: Place): Promise<string> {
  const secret = join(place.dir, 'secret')
  await mkdir(secret)
  await writeFile(join(secret, 'key.pem'), 'secret')
  return secret
}

/** Does one thing again and again while another one goes on. */
async function during<T>(disturb: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  let done = false
  const disturbing = (async () => {
    while (!done) await disturb()
  })()
  try {
    return await work()
  } finally {
    done = true
    await disturbing
  }
}

test('no link carries anything out of the workspace, and none stands for what is in it', async () => {
  const place = await setUp({ 'kept.md': 'x', 'twice.md': 'x' })
  const secret = await hideSecret(place)
  const own = (name: string) => join(place.workspace, name)
  await symlink(join(secret, 'key.pem'), own('file.pem'))
  await symlink(secret, own('folder'))
  await symlink('kept.md', own('also-kept.md'))
  await symlink('nowhere', own('broken.md'))
  await symlink('loop', own('loop'))
  await link(join(secret, 'key.pem'), own('hard.pem'))
  await link(own('twice.md'), own('twice-again.md'))
  expect(await collect(place)).toMatchObject({ artifacts: [{ path: 'kept.md' }], leftOut: { over: 0, unfit: 3 } })
})

test('a workspace that has become a link holds nothing', async () => {
  const place = await setUp({ 'key.pem': 'x' })
  const secret = await hideSecret(place)
  await rm(place.workspace, { recursive: true })
  await symlink(secret, place.workspace)
  expect(await pathsOf(place)).toEqual([])
})

test('a file that is swapped for a link all the time gives its own content or nothing', async () => {
  const place = await setUp({ 'a.md': 'own', 'b.md': 'own' })
  const secret = await hideSecret(place)
  const own = (name: string) => join(place.workspace, name)
  const swap = async () => {
    await symlink(join(secret, 'key.pem'), own('.link'))
    await rename(own('.link'), own('b.md'))
    await writeFile(own('.file'), 'own')
    await rename(own('.file'), own('b.md'))
  }
  await during(swap, async () => {
    for (let i = 0; i < 30; i += 1)
      for (const { store } of await artifactsOf(place)) expect(await readFile(store, 'utf8')).toBe('own')
  })
})

test('a folder that is swapped for a link all the time gives its own content or nothing', async () => {
  const place = await setUp({ 'docs/key.pem': 'own' })
  const secret = await hideSecret(place)
  const own = (name: string) => join(place.workspace, name)
  await symlink(secret, own('.link'))
  const swap = async () => {
    await rename(own('docs'), own('.docs'))
    await rename(own('.link'), own('docs'))
    await rename(own('docs'), own('.link'))
    await rename(own('.docs'), own('docs'))
  }
  await during(swap, async () => {
    for (let i = 0; i < 30; i += 1)
      for (const { store } of await artifactsOf(place)) expect(await readFile(store, 'utf8')).toBe('own')
  })
})

test.each(['docs', 'docs/deep'])('no file is opened through %s when that is a link', async swapped => {
  const place = await setUp({ 'docs/deep/key.pem': 'own' })
  const elsewhere = join(place.dir, 'elsewhere')
  await rename(join(place.workspace, swapped), elsewhere)
  await symlink(elsewhere, join(place.workspace, swapped))
  expect(await openBelow(place.workspace, 'docs/deep/key.pem')).toBeNull()
})

// Where there is no /proc (macOS), the path would be followed: see openFolder.
test.runIf(existsSync('/proc/self/fd'))(
  'a folder that is swapped for a link once it is open is still that folder',
  async () => {
    const place = await setUp({ 'docs/key.pem': 'own' })
    const secret = await hideSecret(place)
    const docs = join(place.workspace, 'docs')
    const folder = await openFolder(Buffer.from(docs))
    if (!folder) throw new Error('the folder cannot be opened')
    onTestFinished(() => folder.close())
    await rename(docs, join(place.dir, 'elsewhere'))
    await symlink(secret, docs)
    expect(await readFile(inside(folder, Buffer.from('key.pem')), 'utf8')).toBe('own')
  },
)

test('a pipe and a socket are passed by and nothing waits for them', async () => {
  const place = await setUp({ 'kept.md': 'x' })
  await run('mkfifo', [join(place.workspace, 'pipe.md')])
  const server = createServer().listen(join(place.workspace, 'socket.md'))
  await new Promise(resolve => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  expect(await pathsOf(place)).toEqual(['kept.md'])
})

test('a pipe that has taken the place of a file is not waited for', async () => {
  const place = await setUp({ 'docs/a.md': 'x' })
  await rm(join(place.workspace, 'docs/a.md'))
  await run('mkfifo', [join(place.workspace, 'docs/a.md')])
  const file = await openBelow(place.workspace, 'docs/a.md')
  expect((await file?.stat())?.isFile()).toBe(false)
  await file?.close()
})

test.runIf(isRoot)('a device is passed by', async () => {
  const place = await setUp({ 'kept.md': 'x' })
  await run('mknod', [join(place.workspace, 'zero.md'), 'c', '1', '5'])
  expect(await pathsOf(place)).toEqual(['kept.md'])
})

test.skipIf(isRoot)('a file and a folder that may not be read are counted', async () => {
  const place = await setUp({ 'kept.md': 'x', 'closed.md': 'x', 'closed/a.md': 'x' })
  for (const name of ['closed.md', 'closed']) await chmod(join(place.workspace, name), 0)
  onTestFinished(() => chmod(join(place.workspace, 'closed'), 0o700))
  expect(await collect(place)).toMatchObject({ artifacts: [{ path: 'kept.md' }], leftOut: { over: 0, unfit: 2 } })
})

test('of a file that grows and shrinks all the time a part is taken, and its checksum is that of the copy', async () => {
  const place = await setUp({ 'log.txt': 'x'.repeat(1e6) })
  const file = join(place.workspace, 'log.txt')
  const disturb = async () => {
    await truncate(file, 1000)
    await appendFile(file, 'y'.repeat(2e6))
  }
  await during(disturb, async () => {
    for (let i = 0; i < 10; i += 1) {
      const [artifact] = await artifactsOf(place)
      const copy = await readFile(artifact?.store ?? '')
      expect(artifact?.bytes).toBe(copy.length)
      expect(copy.length).toBeLessThanOrEqual(2_001_000)
    }
  })
})

test('folders are looked into 64 deep, and that there are more is said', async () => {
  const place = await setUp({ [`${'d/'.repeat(63)}kept.md`]: 'x', [`${'d/'.repeat(80)}deep.md`]: 'x' })
  expect(await collect(place)).toMatchObject({
    artifacts: [{ path: `${'d/'.repeat(63)}kept.md` }],
    leftOut: { over: 0, unfit: 1 },
  })
})
