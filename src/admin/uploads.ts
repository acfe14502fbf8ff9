import { Readable } from 'node:stream'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Engine } from '../engine/engine.ts'
import { isJobFile, parseJobFile } from '../engine/instructions/job-file.ts'
import type { Upload } from '../engine/instructions/upload.ts'
import { UserError } from '../errors.ts'
import { ADMIN } from './admin.ts'

/** What one request may bring along, its files together; it is held in memory while it is read. */
export const MAX_BODY_BYTES = 50_000_000

/** The parts of a form by name, several of one name as a list. Throws a 400 where the body is not the form it claims. */
export async function formOf(c: Context): Promise<Record<string, unknown>> {
  return await c.req.parseBody({ all: true }).catch((cause: unknown) => {
    if (!(cause instanceof TypeError)) throw cause // what the parser throws; all else is not the sender's fault
    throw new HTTPException(400, { message: 'This form did not arrive whole: go back and send it again.', cause })
  })
}

const uploadOf = (file: File): Upload => ({ name: file.name, open: () => Readable.from(file.stream()) })

/** The files of a field of a form; one in which none was chosen sends one without a name. */
export const chosenFiles = (part: unknown): Upload[] =>
  [part]
    .flat()
    .filter(item => item instanceof File)
    .filter(({ size, name }) => size > 0 || name !== '')
    .map(uploadOf)

/** The files of a form by input. */
export const uploadsOf = (parts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      [part].flat().map(item => (item instanceof File ? uploadOf(item) : item)),
    ]),
  )

/** Puts the outputs of earlier jobs in the place of their names, in every input that takes files. */
export async function withFiles(
  engine: Pick<Engine, 'instructions' | 'openOutput'>,
  instruction: string,
  given: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const files =
    engine
      .instructions()
      .byName.get(instruction)
      ?.inputs.filter(({ type }) => type === 'file') ?? []
  const opened = { ...given }
  for (const { name } of files) {
    if (!Object.hasOwn(given, name)) continue
    const values = Array.isArray(given[name]) ? given[name] : [given[name]]
    opened[name] = await Promise.all(
      values.map(value => (typeof value === 'string' ? openNamed(engine, name, value) : value)),
    )
  }
  return opened
}

/** The files of a field that are parts of a form, or outputs of earlier jobs. Throws a UserError for other texts. */
export const openFiles = (
  engine: Pick<Engine, 'openOutput'>,
  field: string,
  files: readonly (string | File)[],
): Promise<Upload[]> =>
  Promise.all(files.map(file => (file instanceof File ? uploadOf(file) : openNamed(engine, field, file))))

async function openNamed(engine: Pick<Engine, 'openOutput'>, input: string, value: string): Promise<Upload> {
  const named = isJobFile(value) ? parseJobFile(value) : null
  if (named) return await engine.openOutput(named.job, named.path, ADMIN)
  const message = `\`${input}\` must be a file: a part of a multipart request, or an output as \`job:<id>/<path>\`.`
  throw new UserError(message, { problems: [{ field: input, message }] })
}
