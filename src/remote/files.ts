import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { link, mkdir, rm } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { JobView, OutputView } from '../engine/view.ts'
import { messageOf, UserError } from '../errors.ts'
import { count, size } from '../words.ts'
import type { Client } from './client.ts'
import { jobPath, readJob } from './job.ts'
import type { Verb } from './verb.ts'

const withOutputs = z.object({ outputs: z.array(z.unknown()) })

export const files: Verb = {
  name: 'files',
  args: '<id>',
  about: "a job's files",
  options: [
    ['--to <folder>', 'brings them into this folder, each checked by its checksum; overwrites nothing'],
    ['--json', 'as JSON: [{path, bytes, type, sha256, url}]'],
  ],
  act: async ({ client, say, json, cwd }, [id = ''], options) => {
    const { body, view } = await readJob(client, jobPath(id))
    const folder = typeof options.to === 'string' ? resolve(cwd, options.to) : null
    if (folder !== null) for (const output of view.outputs) await download(client, view.id, output, folder)
    if (options.json) json(withOutputs.parse(body).outputs)
    else if (folder === null || view.outputs.length === 0) say(filesText(view))
    else
      say(
        `${count(view.outputs.length, 'file')} of job ${view.id} ${view.outputs.length === 1 ? 'is' : 'are'} in ${folder}.`,
      )
    return 0
  },
}

/** A job's files by name and size. */
export function filesText({ id, outputs }: Pick<JobView, 'id' | 'outputs'>): string {
  if (outputs.length === 0) return `Job ${id} has no files.`
  const widest = Math.max(...outputs.map(({ path }) => path.length))
  const lines = outputs.map(({ path, bytes }) => `${path.padEnd(widest)}  ${size(bytes).padStart(8)}`)
  return [...lines, `errand files ${id} --to <folder> brings them here`].join('\n')
}

/** Brings one file, under another name until it is whole and right: what has its name is what the job made. */
async function download(client: Client, job: string, { path, sha256 }: OutputView, folder: string): Promise<void> {
  const target = join(folder, path)
  if (relative(folder, target).startsWith('..')) throw new UserError(`\`${path}\` lies outside of ${folder}.`)
  const partial = `${target}.${job}.part`
  const hash = createHash('sha256')
  const hashed = new Transform({
    transform: (chunk, _encoding, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await mkdir(dirname(target), { recursive: true })
    const { body } = await client.open(`${jobPath(job)}/outputs/${path.split('/').map(encodeURIComponent).join('/')}`)
    await pipeline(body ? Readable.fromWeb(body) : Readable.from([]), hashed, createWriteStream(partial))
    if (hash.digest('hex') !== sha256)
      throw new UserError(`\`${path}\` came with another checksum than it was made with. Try again.`, {
        kind: 'runtime',
      })
    await link(partial, target) // unlike a rename it fails where there is a file already
  } catch (error) {
    throw error instanceof UserError ? error : explain(error, target)
  } finally {
    await rm(partial, { force: true })
  }
}

function explain(cause: unknown, target: string): UserError {
  const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
  const why = exists ? 'there is a file of this name' : messageOf(cause)
  return new UserError(`${target} cannot be written: ${why}. Name another folder.`, { kind: 'runtime', cause })
}
