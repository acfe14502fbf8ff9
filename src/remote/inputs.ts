import { z } from 'zod'
import { UserError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { Client } from './client.ts'

/** What is known of an input: a file is a list, and a text a string of no certain form. */
const property = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
})

/** An instruction as the API describes it, as far as a command line needs it. */
const instructionSchema = z.object({
  name: z.string(),
  inputs: z.object({ properties: z.record(z.string(), property) }),
})
type Instruction = z.infer<typeof instructionSchema>

/** The instruction as the server has it. Throws a `usage` UserError for one that there is not: its name is input too. */
export async function readInstruction({ read }: Pick<Client, 'read'>, name: string): Promise<Instruction> {
  const path = `/api/instructions/${encodeURIComponent(name)}`
  const found = await read(path, instructionSchema).catch((cause: unknown) => {
    if (!(cause instanceof UserError && cause.kind === 'conflict')) throw cause
    throw new UserError(cause.message, { cause })
  })
  return found.value
}

/** Values as they were typed, which the server checks; of file inputs their names, one by one. */
export type Inputs = { inputs: Record<string, string | true>; files: { input: string; value: string }[] }

/**
 * Reads what stands behind an instruction's name: `name=value`, `--name=value`, `--name value`, `--name` of a switch,
 * `--file name=path`, and free words, which are its first text input together. Throws a UserError for what is none of
 * its inputs.
 */
export function readInputs({ name, inputs: { properties } }: Instruction, words: readonly string[]): Inputs {
  const read: Inputs = { inputs: {}, files: [] }
  const free: string[] = []
  const give = (input: string, value: string | true) => {
    const known = Object.hasOwn(properties, input) ? properties[input] : undefined
    if (!known) throw new UserError(unknown(name, input, Object.keys(properties)))
    if (known.type === 'array' && value !== true) read.files.push({ input, value })
    else if (Object.hasOwn(read.inputs, input)) throw new UserError(`\`${input}\` is given twice.`)
    else read.inputs[input] = value
  }
  const rest = words.filter((word, i) => !(word === '--file' && words[i + 1]?.includes('=')))
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? ''
    const [, flag, named, value] = /^(--)?([a-z][\w-]*)(?:=(.*))?$/is.exec(word) ?? []
    const input = named?.toLowerCase() ?? ''
    const isKnown = Object.hasOwn(properties, input)
    if (value !== undefined && (flag || isKnown || nearest(input, Object.keys(properties)))) give(input, value)
    else if (!flag) free.push(word)
    else if (properties[input]?.type === 'boolean') give(input, true)
    else {
      at += 1
      const next = rest[at]
      if (next === undefined) throw new UserError(`\`--${input}\` needs a value behind it.`)
      give(input, next)
    }
  }
  const home = Object.entries(properties).find(
    ([, { type, enum: options, format }]) => type === 'string' && !options && !format,
  )
  if (free.length > 0) {
    const stray = `It is not clear where \`${free.join(' ')}\` belongs`
    if (!home) throw new UserError(`${stray}: \`${name}\` takes no free text. Write name=value.`)
    if (Object.hasOwn(read.inputs, home[0]))
      throw new UserError(`${stray}: \`${home[0]}\` is given already. Put a value with spaces in quotes.`)
    give(home[0], free.join(' '))
  }
  return read
}

function unknown(instruction: string, input: string, known: readonly string[]): string {
  const meant = nearest(input, known)
  const has = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'
  return `\`${instruction}\` has no input \`${input}\`${meant ? `: did you mean \`${meant}\`?` : `; ${has}.`}`
}
