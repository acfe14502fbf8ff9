import { z } from 'zod'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'

const keys = z.strictObject({
  ...COMMON_KEYS,
  type: z.literal('choice'),
  // 100 options of 75 characters are what a menu of a chat can hold.
  options: z
    .array(z.string().trim().min(1).max(75))
    .min(1)
    .max(100)
    .refine(options => new Set(options.map(folded)).size === options.length, 'must not hold an option twice'),
  default: z.string().optional(),
})

/** One of a list. Case does not matter to who chooses; the value is the option as the file writes it. */
export const choice = {
  keys,
  value: ({ options }) =>
    z.preprocess(given => {
      const wanted = typeof given === 'string' ? folded(given.trim()) : given
      return options.find(option => folded(option) === wanted) ?? given
    }, z.enum(options)),
  fits: ({ options }) => `one of ${options.join(', ')}`,
  fenced: false, // the words are the file's own, whoever chose them
  write: value => value,
} satisfies InputType<typeof keys, string>

const folded = (option: string): string => option.toLowerCase()
