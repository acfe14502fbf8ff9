import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openAttempts } from '../db/attempt.ts'
import type { Db } from '../db/connect.ts'
import { existingJobs } from '../db/job.ts'
import { removeTree } from './remove-tree.ts'
import type { Folders } from './workspace.ts'

/** A folder of inputs is younger than this while its job is being submitted, however long an upload takes. */
const SUBMIT_MS = 60 * 60_000

/**
 * Removes what a crash left in the server's private folders and no row tells of: files that were given for a job that
 * was never made, and what attempts that have ended were to throw away.
 */
export async function sweep({ db, folders, now }: { db: Db; folders: Folders; now: Date }): Promise<void> {
  const given = await readdir(folders.inputs)
  const jobs = await existingJobs(db, given)
  for (const name of given.filter(name => !jobs.has(name))) await removeOld(join(folders.inputs, name), now)
  const thrown = await readdir(folders.tmp) // before the rows are read: what begins in between is not among them
  const open = new Set((await openAttempts(db)).map(({ job, n }) => `${job}-${n}`))
  for (const name of thrown.filter(name => !open.has(name))) await removeTree(join(folders.tmp, name))
}

async function removeOld(folder: string, now: Date): Promise<void> {
  const { mtimeMs } = await stat(folder)
  if (now.getTime() - mtimeMs > SUBMIT_MS) await rm(folder, { recursive: true, force: true })
}
