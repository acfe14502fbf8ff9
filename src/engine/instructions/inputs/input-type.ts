import { z } from 'zod'

/**
 * One type of input, complete: what its front matter may say, what fits, and how a value reads in the prompt.
 * A new type is one file with such a record and one line in the list of `inputs.ts`; the form, the options and the
 * checks of every surface follow from it. `Given` is a checked value, `Kept` the same value in a job.
 */
export type InputType<Keys extends z.ZodObject, Given, Kept = Given> = {
  /** The keys of its front matter; `type` is a literal and tells the types apart. */
  keys: Keys
  /** Accepts both what chat and forms give (text) and what JSON gives, and makes one value of them. */
  value(input: z.output<Keys>): z.ZodType<Given>
  /** What fits, in words that follow "must be". */
  fits(input: z.output<Keys>): string
  /** True when a value is a person's own words, which the prompt must fence. */
  fenced: boolean
  /** The value as it reads in the prompt, before it is fenced. */
  write(value: Kept): string
}

/** Keys that every input has, whatever its type. */
export const COMMON_KEYS = {
  required: z.boolean().default(false),
  description: z.string().trim().default(''),
}
