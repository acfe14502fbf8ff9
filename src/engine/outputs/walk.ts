import { isUtf8 } from 'node:buffer'
import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { inside, openFolder, outOfReach } from './folder.ts'

/** Folders below this one are not looked into: each level holds one open while what is in it is walked. */
const MAX_DEPTH = 64
/** How many entries come at a time: handling them must not hold up the event loop, and one alone is slow. */
const BATCH = 256

/** Something below a folder. */
export type Found = {
  /** Its name below the root, with `/`; null when it is not UTF-8 and no page or chat could show it. */
  path: string | null
  /** Where it can be opened until the walk goes on. */
  at: Buffer
  /** As it was listed; `closed` is a folder that cannot be looked into. */
  kind: 'file' | 'folder' | 'other' | 'closed'
}

/**
 * Everything below the root but what is passed by, in no order, a batch at a time. Never through a link, not even one
 * that takes a folder's place during the walk. `passBy` gets a name and how many folders are above it.
 */
export async function* walk(
  root: string,
  passBy: (name: string, depth: number) => boolean = () => false,
): AsyncGenerator<Found[]> {
  yield* visit({ path: '', at: Buffer.from(root), depth: 0 }, passBy)
}

type Level = { path: string | null; at: Buffer; depth: number }

async function* visit(level: Level, passBy: (name: string, depth: number) => boolean): AsyncGenerator<Found[]> {
  const folder = level.depth < MAX_DEPTH ? await openFolder(level.at) : null
  if (!folder) {
    if (level.depth > 0) yield [{ path: level.path, at: level.at, kind: 'closed' }]
    return
  }
  try {
    const folders: Level[] = []
    let batch: Found[] = []
    for await (const entry of entriesOf(folder.at)) {
      if (passBy(entry.name, level.depth)) continue
      const name = Buffer.from(entry.name, 'latin1')
      const found = { path: below(level.path, name), at: inside(folder, name), kind: kindOf(entry) }
      if (found.kind === 'folder') folders.push({ ...found, depth: level.depth + 1 })
      if (batch.push(found) < BATCH) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
    for (const inner of folders) yield* visit(inner, passBy)
  } finally {
    await folder.close()
  }
}

/** The entries of a folder, their names as latin1: a character for each byte, so that any name survives. */
async function* entriesOf(at: Buffer): AsyncGenerator<Dirent> {
  const entries = await opendir(at, { encoding: 'latin1', bufferSize: BATCH }).catch(outOfReach)
  if (entries) yield* entries
}

const kindOf = (entry: Dirent): Found['kind'] => (entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other')

function below(folder: string | null, name: Buffer): string | null {
  if (folder === null || !isUtf8(name)) return null
  return folder === '' ? name.toString() : `${folder}/${name}`
}
