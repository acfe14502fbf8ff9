import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openAttempts } from '../db/attempt.ts'
import type { Db } from '../db/connect.ts'
import { existingJobs } from '../db/job.ts'
import { removeTree, unlessGone } from './remove-tree.ts'
import type { Folders } from './workspace.ts'

/** What is younger may be in use: files of a job that is being submitted, however long an upload takes; a trial. */
const IN_USE_MS = 60 * 60_000

/** How the names of folders begin in which sandboxes are tried, in the data folder. */
export const TRIAL = 'try-'

/**
 * Removes what a crash left in the server's private folders and no row tells of: files that were given for a job that
 * was never made, trials of the sandboxes that were cut off, and what attempts that have ended were to throw away.
 */
export async function sweep({ db, folders, now }: { db: Db; folders: Folders; now: Date }): Promise<void> {
  const given = await readdir(folders.inputs)
  const jobs = await existingJobs(db, given)
  for (const name of given.filter(name => !jobs.has(name))) await removeOld(join(folders.inputs, name), now)
  const dataDir = dirname(folders.tmp)
  const trials = (await readdir(dataDir)).filter(name => name.startsWith(TRIAL))
  for (const name of trials) await removeOld(join(dataDir, name), now)
  const thrown = await readdir(folders.tmp) // before the rows are read: what begins in between is not among them
  const open = new Set((await openAttempts(db)).map(({ job, n }) => `${job}-${n}`))
  for (const name of thrown.filter(name => !open.has(name))) await removeTree(join(folders.tmp, name))
}

async function removeOld(folder: string, now: Date): Promise<void> {
  const found = await stat(folder).catch(unlessGone) // its owner may be done with it meanwhile
  if (found && now.getTime() - found.mtimeMs > IN_USE_MS) await rm(folder, { recursive: true, force: true })
}
