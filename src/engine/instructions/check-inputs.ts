import type { Problem } from '../../errors.ts'
import { printable } from '../../printable.ts'
import { count, oneLine } from '../../words.ts'
import { fileName } from './file-name.ts'
import { type InputDefinition, type InputValue, type InputValues, typeOf } from './inputs.ts'
import { isUpload } from './upload.ts'

export type CheckedInputs = { ok: true; values: InputValues } | { ok: false; problems: Problem[] }
type CheckedInput = { ok: true; value: InputValue | undefined } | { ok: false; message: string }

/**
 * Checks what a person or a program gave against what the instruction asks for, and reports every problem at once.
 * In the values defaults are filled in, inputs that were left out are missing, and files have names that are safe and
 * unique in the job. Opens no file.
 */
export function checkInputs(inputs: readonly InputDefinition[], raw: Readonly<Record<string, unknown>>): CheckedInputs {
  const problems: Problem[] = []
  const values: InputValues = {}
  for (const input of inputs) {
    // Own properties only: an input may be called `constructor`.
    const checked = checkInput(input, Object.hasOwn(raw, input.name) ? raw[input.name] : undefined)
    if (!checked.ok) problems.push({ field: input.name, message: checked.message })
    else if (checked.value !== undefined) values[input.name] = checked.value
  }
  problems.push(...unknownNames(inputs, raw))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, values: withFileNames(values) }
}

/** Checks one value. Nothing given (blank text and an empty list too) is the default, or undefined without one. */
function checkInput(input: InputDefinition, raw: unknown): CheckedInput {
  const given = isBlank(raw) && 'default' in input ? input.default : raw
  if (isBlank(given))
    return input.required
      ? { ok: false, message: `\`${input.name}\` is required: ${about(input)}.` }
      : { ok: true, value: undefined }
  const type = typeOf(input)
  const parsed = type.value(input).safeParse(given)
  if (parsed.success) return { ok: true, value: parsed.data }
  return { ok: false, message: `\`${input.name}\` must be ${type.fits(input)}; you gave ${quoted(given)}.` }
}

function unknownNames(inputs: readonly InputDefinition[], raw: Readonly<Record<string, unknown>>): Problem[] {
  const known = inputs.map(({ name }) => name)
  const has = known.length > 0 ? `which has ${known.join(', ')}` : 'which has none'
  return Object.keys(raw)
    .filter(name => !known.includes(name))
    .map(name => ({ field: name, message: `${quoted(name)} is not an input of this instruction, ${has}.` }))
}

/** Spaces, and what has no width: nobody sees that there is something. */
const INVISIBLE = /^[\s\p{Default_Ignorable_Code_Point}]*$/u

const isBlank = (given: unknown): boolean =>
  given === undefined ||
  given === null ||
  (typeof given === 'string' && INVISIBLE.test(printable(given))) ||
  (Array.isArray(given) && given.length === 0)

/** What an input is for, as the end of a sentence: its description, or what fits. */
function about(input: InputDefinition): string {
  const described = input.description.replaceAll(/\s+/g, ' ').replace(/\.$/, '')
  if (described === '') return typeOf(input).fits(input)
  // "What the brief is about" goes on in lower case, "URL of the page" does not.
  return described.replace(/^\p{Lu}(?!\p{Lu})/u, first => first.toLowerCase())
}

/** What was given, short and harmless: it goes back to a chat. */
function quoted(given: unknown): string {
  if (Array.isArray(given))
    return given.every(isUpload) ? quoted(given.map(({ name }) => name).join(', ')) : count(given.length, 'item')
  if (typeof given === 'object') return 'an object'
  const shown = oneLine(printable(String(given)), 80).replaceAll('`', "'")
  return typeof given === 'number' ? `the number \`${shown}\`` : `\`${shown}\``
}

/** Names are settled over all inputs of a job together, because its files lie in one folder. */
function withFileNames(values: InputValues): InputValues {
  const taken = new Set<string>()
  const named = ([name, value]: [string, InputValue]): [string, InputValue] =>
    Array.isArray(value)
      ? [name, value.map(upload => ({ name: fileName(upload.name, taken), open: () => upload.open() }))]
      : [name, value]
  return Object.fromEntries(Object.entries(values).map(named))
}
