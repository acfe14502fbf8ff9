import { type Db, groupsOf } from './connect.ts'

/** A copied output: `path` is its name in the job with `/`, `store` the file on this host that holds the bytes. */
export type Artifact = { path: string; bytes: number; type: string; sha256: string; store: string }

/** Records the outputs of one attempt, in the transaction that ends it. */
export async function insertArtifacts(db: Db, job: string, attempt: number, artifacts: Artifact[]): Promise<void> {
  const rows = artifacts.map(artifact => ({ job, attempt, state: 'kept', ...artifact }))
  for (const group of groupsOf(rows)) await db.insertInto('artifact').values(group).execute()
}

/** The outputs of several jobs, each of its latest attempt, by job and then by name. */
export async function artifactsOfJobs(
  db: Db,
  jobs: readonly { id: string; attempt: number }[],
): Promise<Map<string, Artifact[]>> {
  const found = new Map<string, Artifact[]>()
  if (jobs.length === 0) return found
  const attempts = new Map(jobs.map(({ id, attempt }) => [id, attempt]))
  const rows = await db
    .selectFrom('artifact')
    .select(['job', 'attempt', 'path', 'bytes', 'type', 'sha256', 'store'])
    .where('job', 'in', [...attempts.keys()])
    .orderBy('job')
    .orderBy('path')
    .execute()
  for (const { job, attempt, ...artifact } of rows)
    if (attempts.get(job) === attempt) found.set(job, [...(found.get(job) ?? []), artifact])
  return found
}

/** The outputs of one attempt by name. */
export async function artifactsOf(db: Db, job: string, attempt: number): Promise<Artifact[]> {
  return await db
    .selectFrom('artifact')
    .select(['path', 'bytes', 'type', 'sha256', 'store'])
    .where('job', '=', job)
    .where('attempt', '=', attempt)
    .orderBy('path')
    .execute()
}

/** What earlier jobs of a job's conversation delivered: each file as it was delivered last, by name. */
export async function deliveredBefore(
  db: Db,
  { conversation, turn }: { conversation: string; turn: number },
): Promise<Artifact[]> {
  const rows = await db
    .selectFrom('artifact')
    .innerJoin('job', 'job.id', 'artifact.job')
    .select(['artifact.path', 'artifact.bytes', 'artifact.type', 'artifact.sha256', 'artifact.store'])
    .where('job.conversation', '=', conversation)
    .where('job.turn', '<', turn)
    .orderBy('job.turn')
    .orderBy('artifact.attempt')
    .execute()
  return [...new Map(rows.map(artifact => [artifact.path, artifact])).values()]
}
