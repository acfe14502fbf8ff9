import { availableParallelism, totalmem } from 'node:os'
import { z } from 'zod'
import { isZone } from './zone.ts'

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

/** The name of a time zone. */
export const timezone = z.string().refine(isZone, 'must be a time zone such as Europe/Berlin or UTC')

/** One Claude CLI needs about 1.2 GB at its peak with its tools, the server 2 GB; two a core share it well. */
export function defaultConcurrency(): number {
  const GB = 1024 ** 3
  const memory = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem())
  const byMemory = Math.floor((memory - 2 * GB) / (1.2 * GB))
  return Math.max(1, Math.min(byMemory, 2 * availableParallelism()))
}
