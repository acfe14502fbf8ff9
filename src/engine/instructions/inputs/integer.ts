import { z } from 'zod'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'

const keys = z
  .strictObject({
    ...COMMON_KEYS,
    type: z.literal('integer'),
    min: z.int().optional(),
    max: z.int().optional(),
    default: z.int().optional(),
  })
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
    path: ['max'],
    error: 'must not be below `min`',
  })

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
  fits: ({ min, max }) => `a whole number${range(min, max)}`,
  fenced: false,
  write: value => String(value),
} satisfies InputType<typeof keys, number>

/** Reads digits only: `Number` alone would take "1e3", "0x10" and an empty text too. */
const fromDigits = (given: unknown): unknown =>
  typeof given === 'string' && /^-?\d+$/.test(given.trim()) ? Number(given) : given

function range(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}
