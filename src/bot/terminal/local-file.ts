import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Upload } from '../../engine/instructions/upload.ts'
import { UserError } from '../../errors.ts'

/** Turns a path, as seen from `cwd`, into a file to give to a job. Throws a UserError for anything but a plain file. */
export const openLocalFile =
  (cwd: string) =>
  async (name: string): Promise<Upload> => {
    const path = resolve(cwd, name)
    const found = await stat(path).catch(error => {
      throw new UserError(`I cannot read \`${name}\` (${explain(error)}). Paths count from ${cwd}.`, { cause: error })
    })
    if (!found.isFile()) throw new UserError(`\`${name}\` is not a file but a folder or a device.`)
    return { name: basename(path), open: () => createReadStream(path) }
  }

const explain = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : String(code ?? error)
}
