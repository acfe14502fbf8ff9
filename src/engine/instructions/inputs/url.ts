import { z } from 'zod'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'

const keys = z.strictObject({
  ...COMMON_KEYS,
  type: z.literal('url'),
  default: z.string().optional(),
})

const MAX_CHARACTERS = 2000

/** An address of the web, normalised as browsers do. One with a password in it would carry that into logs and posts. */
export const url = {
  keys,
  value: () =>
    z
      .url({ protocol: /^https?$/, normalize: true })
      .max(MAX_CHARACTERS)
      .refine(given => !hasCredentials(given)),
  fits: () =>
    `a web address that begins with https:// or http://, without a password, of at most ${MAX_CHARACTERS} characters`,
  fenced: true, // its path is a person's words
  write: value => value,
} satisfies InputType<typeof keys, string>

// Other checks go on after one that failed, so this may see what is no address at all.
function hasCredentials(given: string): boolean {
  const parsed = URL.parse(given)
  return parsed !== null && (parsed.username !== '' || parsed.password !== '')
}
