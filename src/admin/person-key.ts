import { z } from 'zod'

/** The key of a person, as roles and filters take it. */
export const personKey = z
  .string()
  .trim()
  .regex(/^user:[a-z]+:\S+$/, 'must be the key of a person such as user:slack:U024')
