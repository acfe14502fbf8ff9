import { z } from 'zod'
import { boolean } from './inputs/boolean.ts'
import { choice } from './inputs/choice.ts'
import { date } from './inputs/date.ts'
import { file } from './inputs/file.ts'
import { integer } from './inputs/integer.ts'
import { number } from './inputs/number.ts'
import { text } from './inputs/text.ts'
import { url } from './inputs/url.ts'

/** Every type of input. */
const INPUT_TYPES = [text, integer, number, boolean, choice, date, url, file] as const

type AnyType = (typeof INPUT_TYPES)[number]
type Keys = AnyType['keys']

/** What an instruction asks for under one name; `type` tells which further keys it has. */
export type InputDefinition = z.output<Keys> & { name: string }

/** A checked value: files are still to be read. An input that was left out has none. */
export type InputValue = z.output<ReturnType<AnyType['value']>>
export type InputValues = Record<string, InputValue>

/** A value as a job keeps it: files lie in the workspace. */
export type KeptValue = Parameters<AnyType['write']>[0]
export type KeptValues = Record<string, KeptValue>

/** The schema of one entry under `inputs`, told apart by `type`. */
export const inputKeys = z.discriminatedUnion('type', INPUT_TYPES.map(({ keys }) => keys) as [Keys, ...Keys[]])

/** The type of a definition as one shape; the list keeps each type's own. */
type TypeOfInput = {
  value(input: z.output<Keys>): z.ZodType<InputValue>
  fits(input: z.output<Keys>): string
  fenced: boolean
  write(value: KeptValue): string
}
const BY_NAME: ReadonlyMap<string, TypeOfInput> = new Map(
  INPUT_TYPES.map((type): [string, TypeOfInput] => [type.keys.shape.type.value, type]),
)

/** The type of one input, for checking and writing its values. */
export function typeOf(input: InputDefinition): TypeOfInput {
  const type = BY_NAME.get(input.type)
  if (!type) throw new Error(`no input type ${input.type}`)
  return type
}
