import { z } from 'zod'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'

const keys = z.strictObject({
  ...COMMON_KEYS,
  type: z.literal('boolean'),
  default: z.boolean().optional(),
})

const WORDS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['no', false],
  ['off', false],
])

/** Yes or no, in any of the words that people use for a switch. */
export const boolean = {
  keys,
  value: () => z.preprocess(fromWord, z.boolean()),
  fits: () => 'yes or no',
  fenced: false,
  write: value => (value ? 'yes' : 'no'),
} satisfies InputType<typeof keys, boolean>

const fromWord = (given: unknown): unknown =>
  typeof given === 'string' ? (WORDS.get(given.trim().toLowerCase()) ?? given) : given
