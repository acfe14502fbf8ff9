import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, open, opendir, readlink, realpath } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Pack } from 'tar-stream'
import { outOfReach } from '../engine/outputs/folder.ts'
import { type Found, walk } from '../engine/outputs/walk.ts'

const CHUNK_BYTES = 256 * 1024
const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Adds a text that we made. */
export async function packText(pack: Pack, name: string, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    pack.entry({ name, mode: 0o600 }, text, error => (error ? reject(error) : resolve())),
  )
}

/** Adds a file, as long as it is now, however it grows or shrinks meanwhile; false when it cannot be read. */
export async function packFile(pack: Pack, name: string, path: string | Buffer): Promise<boolean> {
  const file = await open(path, READ_FILE).catch(outOfReach)
  if (!file) return false
  try {
    const stat = await file.stat()
    if (!stat.isFile()) return false
    const entry = pack.entry({ name, size: stat.size, mode: stat.mode & 0o777, mtime: stat.mtime })
    await pipeline(Readable.from(bytesOf(file, stat.size)), entry)
    return true
  } finally {
    await file.close()
  }
}

/** So many bytes of a file; zeros where it has become shorter. */
async function* bytesOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
    const piece = bytesRead === 0 ? chunk : chunk.subarray(0, bytesRead)
    yield piece
    at += piece.length
  }
}

/**
 * Adds all that is in a folder, links as links; gives how much cannot be read. One that is not there is empty; one that
 * cannot be looked into is no part to leave out. Only the folder itself may be reached over a link: an admin made it.
 */
export async function packFolder(pack: Pack, name: string, root: string): Promise<number> {
  if (!existsSync(root)) return 0
  const folder = await realpath(root)
  await (await opendir(folder)).close()
  let leftOut = 0
  for await (const batch of walk(folder)) {
    for (const found of batch) if (!(await packFound(pack, name, found))) leftOut += 1
  }
  return leftOut
}

async function packFound(pack: Pack, folder: string, { path, at, kind }: Found): Promise<boolean> {
  if (path === null || kind === 'closed') return false
  const name = `${folder}/${path}`
  if (kind === 'file') return await packFile(pack, name, at)
  const stat = await lstat(at).catch(outOfReach)
  if (stat?.isDirectory()) pack.entry({ name, type: 'directory', mode: 0o700 })
  if (stat?.isSymbolicLink()) pack.entry({ name, type: 'symlink', linkname: await readlink(at) })
  return true // a socket or a pipe means nothing elsewhere
}
