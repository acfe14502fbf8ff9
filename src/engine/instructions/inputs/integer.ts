import { z } from 'zod'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'
import { isOrdered, NOT_ORDERED, rangeWords } from './range.ts'

const keys = z
  .strictObject({
    ...COMMON_KEYS,
    type: z.literal('integer'),
    min: z.int().optional(),
    max: z.int().optional(),
    default: z.int().optional(),
  })
  .refine(isOrdered, NOT_ORDERED)

/** A whole number, as a number or as its digits. */
export const integer = {
  keys,
  value: ({ min, max }) =>
    z.preprocess(
      fromDigits,
      z
        .int()
        .min(min ?? Number.MIN_SAFE_INTEGER)
        .max(max ?? Number.MAX_SAFE_INTEGER),
    ),
  fits: range => `a whole number${rangeWords(range)}`,
  fenced: false,
  write: value => String(value),
} satisfies InputType<typeof keys, number>

/** Reads digits only: `Number` alone would take "1e3", "0x10" and an empty text too. */
const fromDigits = (given: unknown): unknown =>
  typeof given === 'string' && /^-?\d+$/.test(given.trim()) ? Number(given) : given
