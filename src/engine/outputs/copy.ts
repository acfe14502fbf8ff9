import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Artifact } from '../../db/artifact.ts'
import { mediaType, SAMPLE_BYTES } from './media-type.ts'

const CHUNK_BYTES = 256 * 1024

/** What is to be copied: an open file, its name in the job, and how much of it: it may grow without end meanwhile. */
export type Source = { file: FileHandle; path: string; size: number }

/**
 * Copies a file into the folder, read-only. Size, type and checksum are of the bytes that were copied. `spare` is a name
 * for a copy that cannot have the file's own; it must begin with a dot, as no output's does, and be used once.
 */
export async function copyInto(folder: string, source: Source, spare: string): Promise<Artifact> {
  const { store, target } = await create(folder, source.path, spare)
  try {
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let sample = Buffer.alloc(0)
    let bytes = 0
    while (bytes < source.size) {
      const room = Math.min(CHUNK_BYTES, source.size - bytes)
      const { bytesRead } = await source.file.read(chunk, 0, room, bytes)
      if (bytesRead === 0) break // it has shrunk
      const piece = chunk.subarray(0, bytesRead)
      if (bytes === 0) sample = Buffer.from(piece.subarray(0, SAMPLE_BYTES))
      hash.update(piece)
      await target.writeFile(piece) // goes on where it is, and until all of it is written
      bytes += bytesRead
    }
    await target.datasync()
    const type = await mediaType(source.path, sample, bytes === sample.length)
    return { path: source.path, store, type, bytes, sha256: hash.digest('hex') }
  } finally {
    await target.close()
  }
}

/**
 * What says that a name cannot be given here: it differs from another one in case or accents alone on a disk that
 * does not tell them apart, is too long below this folder, or has a character that the disk does not know.
 */
const NAME_REFUSED = ['EEXIST', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'EILSEQ', 'EINVAL']

async function create(folder: string, path: string, spare: string): Promise<{ store: string; target: FileHandle }> {
  return await createAt(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
    if (NAME_REFUSED.includes(error.code ?? '')) return createAt(join(folder, spare))
    throw error
  })
}

async function createAt(store: string): Promise<{ store: string; target: FileHandle }> {
  await mkdir(dirname(store), { recursive: true })
  return { store, target: await open(store, 'wx', 0o444) }
}
