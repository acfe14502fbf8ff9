import { z } from 'zod'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'
import { isOrdered, NOT_ORDERED, rangeWords } from './range.ts'

const keys = z
  .strictObject({
    ...COMMON_KEYS,
    type: z.literal('number'),
    min: z.number().optional(),
    max: z.number().optional(),
    default: z.number().optional(),
  })
  .refine(isOrdered, NOT_ORDERED)

/** A number with or without decimals, as a number or as people write it with a point. */
export const number = {
  keys,
  value: ({ min, max }) => {
    const bounds = [...(min === undefined ? [] : [z.gte(min)]), ...(max === undefined ? [] : [z.lte(max)])]
    return z.preprocess(fromDecimals, z.number().check(...bounds))
  },
  fits: range => `a number${rangeWords(range)}, with a point before decimals`,
  fenced: false,
  write: value => String(value),
} satisfies InputType<typeof keys, number>

/** Reads plain decimals only: "2,5" may mean two and a half or two values, and nobody types "0x10" for sixteen. */
const fromDecimals = (given: unknown): unknown =>
  typeof given === 'string' && /^-?(\d+(\.\d+)?|\.\d+)$/.test(given.trim()) ? Number(given) : given
