import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import { artifactsOf } from '../db/artifact.ts'
import type { Db } from '../db/connect.ts'
import { UserError } from '../errors.ts'
import type { Asking } from './access.ts'
import { filesIn } from './again.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { Upload } from './instructions/upload.ts'
import { readableJob } from './readable-job.ts'
import { type Folders, INPUTS } from './workspace.ts'

/**
 * An output of an earlier job, or with `inputs/<name>` a file that it was given, to give it to another one. Throws a
 * UserError when there is no such job or file, or when this person may not see the job.
 */
export async function openOutput(
  { db, folders }: { db: Db; folders: Folders },
  id: string,
  path: string,
  person: Asking,
): Promise<Upload> {
  const job = await readableJob(db, id, person)
  const given = filesIn(JSON.parse(job.inputs) as KeptValues).find(({ name }) => path === `${INPUTS}/${name}`)
  if (given) return { name: given.name, open: () => createReadStream(join(folders.inputs, id, given.name)) }
  const outputs = await artifactsOf(db, id, job.attempt)
  const output = outputs.find(artifact => artifact.path === path)
  if (output) return { name: basename(path), open: () => createReadStream(output.store) }
  const there = outputs.map(artifact => `\`${artifact.path}\``).join(', ')
  throw new UserError(`Job \`${id}\` has no output \`${path}\`. ${there ? `It has ${there}.` : 'It has none.'}`)
}
