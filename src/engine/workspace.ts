import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, chmod, constants, copyFile, cp, lstat, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Artifact } from '../db/artifact.ts'
import { isDiskFull, UserError } from '../errors.ts'
import type { KeptFile, Upload } from './instructions/upload.ts'
import { removeTree } from './remove-tree.ts'

/** Where an instruction's reference folder appears in the workspace. */
export const REFERENCE = 'reference'
/** Where an agent finds what people gave. */
export const INPUTS = 'inputs'

/**
 * The server's private folders: what people gave, where agents work, what they remember, what they throw away. Without
 * links in their paths: an agent knows its own resolved, and what it names is compared with these.
 */
export type Folders = { inputs: string; workspaces: string; sessions: string; tmp: string }

export const foldersIn = (dataDir: string): Folders => ({
  inputs: join(dataDir, 'inputs'),
  workspaces: join(dataDir, 'workspaces'),
  sessions: join(dataDir, 'sessions'),
  tmp: join(dataDir, 'tmp'),
})

/** Makes the folders; nobody but this user may look into them. */
export async function makeFolders(folders: Readonly<Record<string, string>>): Promise<void> {
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 })
}

/**
 * Copies what a person gave into the job's own input folder; the names must be safe and unique. `home` is where the
 * agent finds them in its workspace. Throws a UserError when the disk has no room for them.
 */
export async function keepUploads(
  folders: Folders,
  job: string,
  uploads: readonly Upload[],
  home = INPUTS,
): Promise<KeptFile[]> {
  const folder = join(folders.inputs, job)
  const kept: KeptFile[] = []
  try {
    if (uploads.length > 0) await mkdir(folder, { mode: 0o700 })
    for (const upload of uploads) kept.push({ ...(await keepUpload(folder, upload)), path: `${home}/${upload.name}` })
  } catch (cause) {
    throw isDiskFull(cause) ? new UserError(NO_ROOM, { kind: 'runtime', cause }) : cause
  }
  return kept
}

const NO_ROOM =
  "The server's disk has no room for the files that you gave, and nothing was started. Make room on it, then try again."

/** Removes what was kept for a job that was not made. */
export const dropUploads = (folders: Folders, job: string): Promise<void> =>
  rm(join(folders.inputs, job), { recursive: true, force: true })

async function keepUpload(folder: string, { name, open }: Upload): Promise<Omit<KeptFile, 'path'>> {
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  await pipeline(open(), measure, createWriteStream(join(folder, name), { flags: 'wx', mode: 0o400 }))
  return { name, bytes, sha256: hash.digest('hex') }
}

/** Where an attempt works, remembers, and puts what is thrown away. */
export type AttemptFolders = { workspace: string; session: string; tmp: string }

/** The folders that the jobs of a conversation share. */
export const sharedFolders = (
  folders: Folders,
  { workspace, session }: { workspace: string; session: string },
): Pick<AttemptFolders, 'workspace' | 'session'> => ({
  workspace: join(folders.workspaces, workspace),
  session: join(folders.sessions, session),
})

/** The folders of one attempt, made and filled: the agent finds the job's files under `inputs/` in its workspace. */
export async function prepareWorkspace(
  folders: Folders,
  attempt: {
    job: string
    n: number
    workspace: string
    session: string
    files: KeptFile[]
    reference: string | null
    /** What its conversation delivered before: put back where the workspace is gone. */
    earlier?: readonly Artifact[]
  },
): Promise<AttemptFolders> {
  const { workspace, session } = sharedFolders(folders, attempt)
  if (attempt.earlier && !(await exists(workspace))) await putBack(attempt.earlier, workspace)
  const tmp = tmpOf(folders, attempt)
  await Promise.all([workspace, session, tmp].map(folder => mkdir(folder, { recursive: true })))
  for (const { name, path } of attempt.files) {
    await makeInside(workspace, dirname(path))
    await copyOnce(join(folders.inputs, attempt.job, name), join(workspace, path))
  }
  if (attempt.reference !== null) await copyReference(attempt.reference, join(workspace, REFERENCE))
  return { workspace, session, tmp }
}

/** Makes a workspace with what was delivered from the one before it; whole or not at all. */
async function putBack(artifacts: readonly Artifact[], workspace: string): Promise<void> {
  const half = `${workspace}.half`
  await rm(half, { recursive: true, force: true })
  await mkdir(half)
  for (const { path, store } of artifacts) {
    if (!(await exists(store))) continue
    const to = join(half, path)
    await mkdir(dirname(to), { recursive: true })
    await copyFile(store, to, constants.COPYFILE_EXCL)
    await chmod(to, 0o600)
  }
  await rename(half, workspace)
}

/** An earlier attempt of the conversation may have put a link there, which would lead what is written outside. */
async function makeInside(workspace: string, path: string): Promise<void> {
  const names = path.split('/')
  for (const depth of names.keys()) {
    const folder = join(workspace, ...names.slice(0, depth + 1))
    const stat = await lstat(folder).catch(() => null)
    if (stat?.isDirectory()) continue
    await rm(folder, { force: true })
    await mkdir(folder)
  }
}

/**
 * Copies an instruction's reference folder anew, regular files and folders only: a copy, so that whatever the agent does
 * to it stays in its workspace, and in its attempt.
 */
async function copyReference(from: string, to: string): Promise<void> {
  await removeTree(to)
  const filter = async (path: string) => {
    const stat = await lstat(path)
    return stat.isDirectory() || stat.isFile()
  }
  await cp(from, to, { recursive: true, filter })
}

// A resumed attempt finds its files there, and what the agent made of them is its own. Whole or not at all: a copy that
// a crash cut off must not pass for the file. The name of a half copy is nobody's: a file that was given has no dot first.
async function copyOnce(from: string, to: string): Promise<void> {
  if (await exists(to)) return
  const half = join(dirname(to), '.half')
  await removeTree(half)
  try {
    await copyFile(from, half, constants.COPYFILE_EXCL)
    await chmod(half, 0o600)
    await rename(half, to)
  } catch (error) {
    await rm(half, { force: true }) // on a full disk it takes the room in which to write that the attempt failed
    throw error
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const tmpOf = (folders: Folders, { job, n }: { job: string; n: number }): string => join(folders.tmp, `${job}-${n}`)

/** Removes what an attempt was to throw away. */
export const dropTmp = (folders: Folders, attempt: { job: string; n: number }): Promise<void> =>
  removeTree(tmpOf(folders, attempt))
