import type { Db } from '../db/connect.ts'
import { findJob, type JobRow } from '../db/job.ts'
import { UserError } from '../errors.ts'
import { type Asking, mayRead } from './access.ts'

/** What is said of an id that no job has, and word for word of a job that is not for who asks: no id is told apart. */
export const noSuchJob = (id: string): UserError =>
  new UserError(`There is no job \`${id}\` here. \`errand jobs\` lists them.`)

/** The job, where this person may see it; else throws `noSuchJob`. */
export async function readableJob(db: Db, id: string, person: Asking): Promise<JobRow> {
  const job = await findJob(db, id)
  if (!job || !mayRead(job, person)) throw noSuchJob(id)
  return job
}
