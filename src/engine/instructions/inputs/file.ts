import { z } from 'zod'
import { isUpload, type KeptFile, type Upload } from '../upload.ts'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'

const keys = z.strictObject({
  ...COMMON_KEYS,
  type: z.literal('file'),
  // 10 is the most that one upload field of a chat takes.
  max: z.int().min(1).max(10).default(1),
  accept: z
    .array(z.string().regex(/^\.[a-z0-9]{1,12}$/, 'must be the end of a name in lower case, such as .md'))
    .min(1)
    .optional(),
})

/** How a program that has no upload names a file; who takes the request makes an upload of it. */
const AS_TEXT = { type: 'string', description: 'An output of an earlier job, as job:<id>/<path>' } as const

/** Files that a person uploads; in the prompt they are their paths in the workspace, one a line. */
export const file = {
  keys,
  value: input =>
    z.array(z.custom<Upload>(given => isUpload(given) && takesFile(input, given.name)).meta(AS_TEXT)).max(input.max),
  fits: input => (input.max === 1 ? `one ${kind(input)}` : `at most ${input.max} ${kind(input)}s`),
  fenced: true, // a file's name is a person's words
  write: files => files.map(({ path }) => path).join('\n'),
} satisfies InputType<typeof keys, Upload[], KeptFile[]>

/** True when an input takes a file of this name. */
export const takesFile = ({ accept }: { accept?: readonly string[] | undefined }, name: string): boolean =>
  accept === undefined || accept.some(end => name.toLowerCase().endsWith(end))

const kind = ({ accept }: { accept?: readonly string[] | undefined }): string =>
  accept === undefined ? 'file' : `${accept.join(' or ')} file`
