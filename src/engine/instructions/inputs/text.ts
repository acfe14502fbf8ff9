import { z } from 'zod'
import { printable } from '../../../printable.ts'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'

const keys = z.strictObject({
  ...COMMON_KEYS,
  type: z.literal('text'),
  max: z.int().min(1).max(100_000).default(3000),
  multiline: z.boolean().default(false),
  default: z.string().optional(),
})

/** Text of a person, without control characters. Lines end with LF; without `multiline` a space joins them. */
export const text = {
  keys,
  value: input =>
    z
      .string()
      .overwrite(given => (input.multiline ? lines(given).join('\n').trim() : joined(lines(given))))
      .max(input.max),
  fits: input => `text of at most ${input.max} characters`,
  fenced: true,
  write: value => value,
} satisfies InputType<typeof keys, string>

const lines = (given: string): string[] =>
  printable(given.toWellFormed().replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')).split('\n')

const joined = (parts: string[]): string =>
  parts
    .map(part => part.trim())
    .filter(part => part !== '')
    .join(' ')
