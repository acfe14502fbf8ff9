import { createWriteStream } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Extract } from 'tar-stream'
import { UserError } from '../errors.ts'
import { DATABASE_ENTRY, MANIFEST_ENTRY, type Manifest, manifest, type Places, TOKEN_ENTRY } from './contents.ts'

/** Where the entries of an archive go; `copy` is the database's place until it is known to be whole. */
export type Target = Places & { copy: string }

type Entry = Extract extends AsyncIterable<infer E> ? E : never

/**
 * Unpacks an archive and gives what it says of itself. Nothing is written but in the target's own places, whatever the
 * archive says, and links come last, so that nothing goes through one. Throws a UserError for what is no backup.
 */
export async function unpack(archive: Extract, target: Target): Promise<Manifest> {
  const links: { path: string; to: string }[] = []
  let about: Manifest | null = null
  let hasDatabase = false
  for await (const entry of archive) {
    const { name, type, linkname } = entry.header
    if (!about) {
      about = await readManifest(entry)
      continue
    }
    if (name === DATABASE_ENTRY) hasDatabase = true
    const path = placeOf(name, target)
    if (type === 'directory') await mkdir(path, { recursive: true, mode: 0o700 })
    else await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    if (type === 'file') await writeEntry(entry, path, name === DATABASE_ENTRY)
    else entry.resume()
    if (type === 'symlink') links.push({ path, to: linkname ?? '' })
  }
  if (!about || !hasDatabase) throw noBackup()
  for (const { path, to } of links) await symlink(to, path)
  return about
}

const noBackup = (): UserError => new UserError('It is no backup of Errand. Name a file that "errand backup" made.')

async function readManifest(entry: Entry): Promise<Manifest> {
  if (entry.header.name !== MANIFEST_ENTRY || (entry.header.size ?? 0) > 100_000) throw noBackup()
  const parsed = manifest.safeParse(JSON.parse((await buffer(entry)).toString('utf8')))
  if (!parsed.success) throw noBackup()
  return parsed.data
}

function placeOf(name: string, { folders, token, copy }: Target): string {
  if (name === DATABASE_ENTRY) return copy
  if (name === TOKEN_ENTRY) return token
  const [first = '', ...rest] = name.replace(/\/$/, '').split('/')
  const folder = Object.hasOwn(folders, first) ? folders[first] : undefined
  if (folder === undefined || rest.length === 0 || rest.some(part => ['', '.', '..'].includes(part))) throw noBackup()
  return join(folder, ...rest)
}

async function writeEntry(entry: Entry, path: string, isThere: boolean): Promise<void> {
  const mode = (entry.header.mode ?? 0o600) & 0o777
  await pipeline(entry, createWriteStream(path, { flags: isThere ? 'w' : 'wx', mode }))
}
