import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import type { Upload } from '../../engine/instructions/upload.ts'
import { chosenFiles } from '../uploads.ts'

/** The name of an input's field in a form: other fields may be called like the input. */
export const fieldOf = (input: string): string => `input.${input}`

/** The field that names files of earlier jobs for an input; no input's name has a point. */
export const namedFiles = (input: string): string => `${fieldOf(input)}.jobs`

/** What the fields show at first, by input: what is known, else the defaults. */
export function textsOf(
  inputs: readonly InputDefinition[],
  values: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  return Object.fromEntries(
    inputs.map(input => [
      input.name,
      written(input, values[input.name] ?? ('default' in input ? input.default : undefined)),
    ]),
  )
}

/** A value as its field shows it; a switch is kept in any of the words that people use for one. */
function written(input: InputDefinition, value: unknown): string {
  if (value === undefined || value === null) return ''
  const read = input.type === 'boolean' ? typeOf(input).value(input).safeParse(value) : null
  return read?.success ? (read.data ? 'yes' : 'no') : String(value)
}

/** What the fields of a form that was sent hold, by input: of one for files, which of earlier jobs it names. */
export const sentTexts = (inputs: readonly InputDefinition[], parts: Parts): Record<string, string> =>
  Object.fromEntries(
    inputs.map(({ name, type }) => {
      const part = parts[type === 'file' ? namedFiles(name) : fieldOf(name)]
      return [name, typeof part === 'string' ? part.replaceAll('\r\n', '\n') : '']
    }),
  )

/** The parts of a form by their names; several of one name are a list. */
type Parts = Readonly<Record<string, unknown>>

/** The texts of the fields that were not left empty. */
export const filled = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ''))

/** The files that a form gives, by input: those of earlier jobs by name, and the uploads. */
export function sentFiles(inputs: readonly InputDefinition[], parts: Parts): Record<string, (string | Upload)[]> {
  const takers = inputs.filter(({ type }) => type === 'file')
  const given = Object.entries(sentTexts(takers, parts)).map(([name, text]): [string, (string | Upload)[]] => {
    const named = text.split('\n').filter(line => line.trim() !== '')
    return [name, [...named, ...chosenFiles(parts[fieldOf(name)])]]
  })
  return Object.fromEntries(given.filter(([, files]) => files.length > 0))
}
