import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { pack as createPack, type Pack } from 'tar-stream'
import type { Config } from '../config.ts'
import { copyDatabase } from '../db/backup.ts'
import { holdLock, isLockLeft } from '../db/lock.ts'
import { messageOf, UserError } from '../errors.ts'
import { VERSION } from '../package.ts'
import { DATABASE_ENTRY, MANIFEST_ENTRY, type Manifest, type Places, placesOf, TOKEN_ENTRY } from './contents.ts'
import { packFile, packFolder, packText } from './pack.ts'

/** What a backup came to: its size, and how many files of agents could not be read. */
export type Backup = { file: string; bytes: number; leftOut: number }

/**
 * Writes all that the server needs to go on into one new file that nobody else may read, while the server may run: the
 * database as it is at one moment, then the files, of which it has none that come later. Throws a UserError when there
 * is nothing to keep or it cannot be written, and the reason of `stop` when that is aborted; then no file is left.
 */
export async function backUp(config: Config, path: string, now: Date, stop = NEVER): Promise<Backup> {
  const file = resolve(path)
  const places = await placesOf(config).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? nothingThere(config.dataDir) : error
  })
  await assertFree(file, places)
  const failed = (cause: unknown): never => {
    const why = `The backup ${file} could not be written (${messageOf(cause)}). Mend that and run it again.`
    throw cause instanceof UserError ? cause : new UserError(why, { kind: 'runtime', cause })
  }
  const half = `${file}.part`
  await makeHalf(half).catch(failed)
  let release = () => {}
  try {
    release = holdLock(join(half, LOCK))
    const [copy, part] = [join(half, DATABASE_ENTRY), join(half, 'archive')]
    await copyDatabase(places.database, copy)
    stop.throwIfAborted()
    const leftOut = await writeArchive(part, copy, places, { now, stop })
    const { size } = await stat(part)
    await rename(part, file)
    return { file, bytes: size, leftOut }
  } catch (error) {
    return failed(stop.aborted ? stop.reason : error)
  } finally {
    await rm(half, { recursive: true, force: true })
    release()
  }
}

/** Who writes a backup holds it, so that a half whose writer was killed is told from one that grows. */
const LOCK = 'lock'

/** Makes the folder, closed to others, in which a backup grows; throws away one that nobody writes to any more. */
async function makeHalf(half: string): Promise<void> {
  if (isLockLeft(join(half, LOCK))) await rm(half, { recursive: true, force: true })
  await mkdir(half, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new UserError(
      `${half} is there: a backup of that name is being made. If none runs, remove it, then try again.`,
    )
  })
}

const NEVER = new AbortController().signal

/** Without links; itself where it leads nowhere. */
const realOf = (path: string): Promise<string> => realpath(path).catch(() => path)

const nothingThere = (path: string): UserError =>
  new UserError(`There is no database at ${path}: nothing to back up. Correct DATA_DIR or DATABASE_URL.`)

async function assertFree(file: string, { database, outputsDir, dataDir }: Places): Promise<void> {
  const home = await realOf(dirname(file))
  for (const folder of [outputsDir, dataDir])
    if (`${home}${sep}`.startsWith((await realOf(folder)) + sep))
      throw new UserError(`${file} lies in ${folder}. Choose a place outside of it.`)
  if (existsSync(file)) throw new UserError(`${file} exists already. Choose another name, or remove it first.`)
  if (!existsSync(database)) throw nothingThere(database)
}

async function writeArchive(
  part: string,
  copy: string,
  places: Places,
  { now, stop }: { now: Date; stop: AbortSignal },
): Promise<number> {
  const pack = createPack()
  const out = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true })
  // Level 1: the disk is the limit then, and transcripts and logs shrink to a fifth all the same.
  const written = pipeline(pack, createGzip({ level: 1 }), out, { signal: stop })
  const filled = fill(pack, copy, places, now).catch(error => {
    pack.destroy(error)
    throw error
  })
  const [leftOut] = await Promise.all([filled, written])
  return leftOut
}

async function fill(pack: Pack, copy: string, places: Places, now: Date): Promise<number> {
  const { dataDir, outputsDir, folders, token } = places
  const createdAt = now.toISOString()
  const about: Manifest = { format: 'errand-backup-1', version: VERSION, createdAt, dataDir, outputsDir }
  await packText(pack, MANIFEST_ENTRY, JSON.stringify(about))
  await packFile(pack, DATABASE_ENTRY, copy)
  await packFile(pack, TOKEN_ENTRY, token) // there is none where ADMIN_TOKEN is set
  let leftOut = 0
  for (const [name, folder] of Object.entries(folders)) leftOut += await packFolder(pack, name, folder)
  pack.finalize()
  return leftOut
}
