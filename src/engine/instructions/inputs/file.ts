import { z } from 'zod'
import type { KeptFile, Upload } from '../instruction.ts'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'

const keys = z.strictObject({
  ...COMMON_KEYS,
  type: z.literal('file'),
  // 10 is the most that one upload field of a chat takes.
  max: z.int().min(1).max(10).default(1),
})

/** How a program that has no upload names a file; who takes the request makes an upload of it. */
const AS_TEXT = { type: 'string', description: 'An output of an earlier job, as job:<id>/<path>' } as const

/** Files that a person uploads; in the prompt they are their paths in the workspace, one a line. */
export const file = {
  keys,
  value: input => z.array(z.custom<Upload>(isUpload).meta(AS_TEXT)).max(input.max),
  fits: input => (input.max === 1 ? 'one file' : `at most ${input.max} files`),
  fenced: true, // a file's name is a person's words
  write: files => files.map(({ path }) => path).join('\n'),
} satisfies InputType<typeof keys, Upload[], KeptFile[]>

const isUpload = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  'name' in given &&
  typeof given.name === 'string' &&
  'open' in given &&
  typeof given.open === 'function'
