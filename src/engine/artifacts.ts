import { createHash } from 'node:crypto'
import { constants, type Dirent } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import picomatch from 'picomatch'
import type { Artifact } from '../db/artifact.ts'
import { mediaType } from './media-type.ts'

/** Folders that are never outputs: what was given, what a package manager fetched, and everything hidden. */
const isLeftOut = (name: string, depth: number): boolean =>
  name.startsWith('.') || name === 'node_modules' || (depth === 0 && name === 'inputs')

/**
 * Copies the files that an attempt made into its output folder, so that nothing that happens later in the workspace
 * changes what was delivered. Only regular files with one link count: a link to elsewhere would carry out what the
 * agent may not read. `patterns` null takes every file; the copies are read-only, their names keep their folders.
 */
export async function collectArtifacts(from: {
  workspace: string
  folder: string
  patterns: readonly string[] | null
}): Promise<Artifact[]> {
  // The flag s: a name may hold a newline, which `**` would not pass.
  const wanted = from.patterns ? picomatch([...from.patterns], { flags: 'is' }) : () => true
  const artifacts: Artifact[] = []
  for (const path of await filesIn(from.workspace)) {
    if (!wanted(path) && !wanted(path.slice(path.lastIndexOf('/') + 1))) continue
    const artifact = await copyArtifact(from.workspace, from.folder, path)
    if (artifact) artifacts.push(artifact)
  }
  return artifacts
}

/** Names of all files below the folder, with `/`, in order; never through a link. */
async function filesIn(root: string): Promise<string[]> {
  const found: string[] = []
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries: Dirent[] | null = await readdir(folder, { withFileTypes: true }).catch(outOfReach)
    for (const entry of entries ?? []) {
      if (isLeftOut(entry.name, depth)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await visit(path, depth + 1)
      else if (entry.isFile()) found.push(relative(root, path).split(sep).join('/'))
    }
  }
  await visit(root, 0)
  return found.sort()
}

/** What says of a file that it cannot be delivered: it has gone, is a link or a socket, or may not be read. */
const OUT_OF_REACH = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM']

function outOfReach(error: NodeJS.ErrnoException): null {
  if (OUT_OF_REACH.includes(error.code ?? '')) return null
  throw error
}

// O_NOFOLLOW: it may have become a link since it was listed. O_NONBLOCK: opening a FIFO would wait for ever.
const READ_PLAIN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Copies one file; null when it is not a regular file with one link any more, or has gone. */
async function copyArtifact(workspace: string, folder: string, path: string): Promise<Artifact | null> {
  const source = await open(join(workspace, path), READ_PLAIN_FILE).catch(outOfReach)
  if (!source) return null
  try {
    const stat = await source.stat()
    if (!stat.isFile() || stat.nlink !== 1) return null
    const store = join(folder, path)
    await mkdir(dirname(store), { recursive: true })
    await rm(store, { force: true }) // left by a try of the same attempt that did not end
    const copied = await copyHashed(source, store)
    return { path, store, type: mediaType(path), ...copied }
  } finally {
    await source.close()
  }
}

async function copyHashed(source: FileHandle, to: string): Promise<{ bytes: number; sha256: string }> {
  const target = await open(to, 'wx', 0o444)
  try {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of source.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      await target.writeFile(chunk) // goes on where it is, and until all of it is written
    }
    await target.datasync()
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    await target.close()
  }
}
