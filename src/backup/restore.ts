import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import type { Config } from '../config.ts'
import { adoptCopy } from '../db/backup.ts'
import { RESTORING } from '../db/sqlite.ts'
import { removeTree } from '../engine/remove-tree.ts'
import { messageOf, UserError } from '../errors.ts'
import { ownServerAt } from '../own-server.ts'
import { type Manifest, type Places, placesOf } from './contents.ts'
import { type Target, unpack } from './unpack.ts'

/**
 * Brings a backup back into empty folders. Whatever is wrong with it is found before it counts: files are unpacked, the
 * database is read through beside its place, and its rename is what makes the restore; until then no server starts
 * here. Throws a UserError when a server runs, something is there already, or the backup is damaged; then the folders
 * are as empty as before.
 */
export async function restore(config: Config, file: string): Promise<Manifest> {
  const url = await ownServerAt(config)
  if (url) throw new UserError(`A server runs at ${url}. Stop it first.`, { kind: 'runtime' })
  for (const folder of [config.dataDir, config.outputsDir]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const places = await placesOf(config)
  await mkdir(dirname(places.database), { recursive: true, mode: 0o700 })
  const target = { ...places, copy: places.database + RESTORING }
  const source = await open(file).catch((cause: unknown) => {
    throw new UserError(`The backup ${file} cannot be read (${messageOf(cause)}). Correct its name.`, { cause })
  })
  await source.close()
  await clear(target)
  await assertEmpty(places)
  try {
    return await bringBack(file, target)
  } catch (error) {
    await clear(target)
    throw new UserError(`The backup ${file} could not be restored, and nothing is left of it: ${messageOf(error)}`, {
      kind: 'runtime',
      cause: error,
    })
  }
}

async function bringBack(file: string, target: Target): Promise<Manifest> {
  await (await open(target.copy, 'wx', 0o600)).close() // from here on this is a restore under way
  const archive = extract()
  const [about] = await Promise.all([
    unpack(archive, target),
    pipeline(createReadStream(file), createGunzip(), archive),
  ])
  adoptCopy(target.copy, about.createdAt, {
    data: { from: about.dataDir, to: target.dataDir },
    outputs: { from: about.outputsDir, to: target.outputsDir },
  })
  await rename(target.copy, target.database)
  return about
}

/** Removes what a restore that was cut off had unpacked; where none was, nothing. */
async function clear({ copy, database, folders, outputsDir, token }: Target): Promise<void> {
  if (!existsSync(copy) || existsSync(database)) return
  for (const [name, folder] of Object.entries(folders)) if (name !== 'outputs') await removeTree(folder)
  for (const name of await readdir(outputsDir)) if (!isForeign(name)) await removeTree(join(outputsDir, name))
  await rm(token, { force: true })
  for (const ending of ['-wal', '-shm', '-journal', '']) await rm(copy + ending, { force: true }) // the mark last
}

/** What a disk of its own has of itself. */
const isForeign = (name: string): boolean => name === 'lost+found'

async function assertEmpty({ dataDir, outputsDir, database }: Places): Promise<void> {
  for (const folder of new Set([dataDir, outputsDir])) {
    const found = (await readdir(folder)).find(name => !isForeign(name))
    if (found !== undefined)
      throw new UserError(`${folder} is not empty (it has ${found}). Move it out of the way, then run it again.`, {
        kind: 'runtime',
      })
  }
  if (existsSync(database))
    throw new UserError(`${database} exists already. Move it out of the way, then run it again.`, { kind: 'runtime' })
}
