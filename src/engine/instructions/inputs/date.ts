import { z } from 'zod'
import type { InputType } from './input-type.ts'
import { COMMON_KEYS } from './input-type.ts'
import { isOrdered, NOT_ORDERED } from './range.ts'

const day = z.iso.date('must be a day such as 2026-11-21')

const keys = z
  .strictObject({
    ...COMMON_KEYS,
    type: z.literal('date'),
    min: day.optional(),
    max: day.optional(),
    default: day.optional(),
  })
  .refine(isOrdered, NOT_ORDERED)

/** A day that the calendar has, as `YYYY-MM-DD`: every other form means different days to different people. */
export const date = {
  keys,
  value: ({ min, max }) =>
    z.preprocess(
      given => (typeof given === 'string' ? given.trim() : given),
      z.iso
        .date()
        .refine(given => (min === undefined || given >= min) && (max === undefined || given <= max))
        .meta({ ...(min && { formatMinimum: min }), ...(max && { formatMaximum: max }) }),
    ),
  fits: ({ min, max }) => `a day as YYYY-MM-DD${rangeWords(min, max)}`,
  fenced: false,
  write: value => value,
} satisfies InputType<typeof keys, string>

function rangeWords(min: string | undefined, max: string | undefined): string {
  if (min && max) return ` from ${min} to ${max}`
  if (min) return ` from ${min} on`
  return max ? ` until ${max}` : ''
}
