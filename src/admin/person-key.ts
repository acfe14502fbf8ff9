// From here, since only what is made after this package has extended zod can be documented by it.
import { z } from '@hono/zod-openapi'

/** The key of a person, as roles and filters take it. */
export const personKey = z
  .string()
  .trim()
  .regex(/^user:[a-z]+:\S+$/, 'must be the key of a person such as user:slack:U024')
