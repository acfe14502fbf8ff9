import { z } from 'zod'

/** How the values of variables are read: each says what fits. */

/** It goes into a header, where a line break that was copied along would be refused with every single call. */
export const credential = z.string().regex(/^[\x21-\x7e]+$/, 'must be one word without spaces or line breaks')

/** Names or keys with commas or spaces between them. */
export const splitNames = (text: string): string[] => text.split(/[\s,]+/).filter(name => name !== '')

/** A list of keys of this form. */
export const keys = (form: RegExp, message: string) =>
  z
    .string()
    .default('')
    .transform(splitNames)
    .refine(given => given.every(key => form.test(key)), message)

/** Digits alone, within bounds. */
export const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .refine(n => n >= min && n <= max, message)
}

/** A number of a unit of time. Bounds stay far below 24.8 days, at which a timer of Node overflows and fires at once. */
export const positiveNumber = (max: number) => {
  const message = `must be a number above 0 and at most ${max}; decimals are allowed`
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, message)
    .transform(Number)
    .refine(n => n > 0 && n <= max, message)
}
