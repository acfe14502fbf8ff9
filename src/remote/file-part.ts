import { openAsBlob } from 'node:fs'
import { basename, resolve } from 'node:path'
import { isJobFile } from '../engine/instructions/job-file.ts'
import { UserError } from '../errors.ts'

/** A file as a part of a form: one of this machine by its path, an output as `job:<id>/<path>`. Throws a UserError. */
export async function filePart(path: string, cwd: string): Promise<File | string> {
  if (isJobFile(path)) return path
  try {
    return new File([await openAsBlob(resolve(cwd, path))], basename(path))
  } catch (cause) {
    throw new UserError(`\`${path}\` is no file that can be read. Paths count from ${cwd}.`, { cause })
  }
}
