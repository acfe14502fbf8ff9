import type { InputDefinition } from '../engine/instructions/inputs.ts'
import type { Instruction } from '../engine/instructions/instruction.ts'
import type { Upload } from '../engine/instructions/upload.ts'
import type { Problem } from '../errors.ts'
import { count } from '../words.ts'
import type { Attachment, Values } from './drafts.ts'
import type { Action, Form } from './platform.ts'

/** The form of an instruction; a value that has no field, because the instruction has changed, is left out. */
export const formOf = (
  { name, description, inputs }: Instruction,
  values: Values,
  problems: readonly Problem[] = [],
): Form => ({ instruction: name, title: description || name, inputs, values: withField(values, inputs), problems })

const withField = (values: Values, inputs: readonly InputDefinition[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => inputs.some(input => input.name === name)))

/**
 * How a form says that it keeps a value which its field cannot show: files, and a text of more than `most` characters.
 * Null where the field shows the value itself.
 */
export function keptWords({ type }: InputDefinition, value: unknown, most: number): string | null {
  if (type === 'text' && typeof value === 'string' && value.length > most) return keptText(value)
  const names = type === 'file' ? fileNames(value) : []
  return names.length > 0 ? `kept unless you upload: ${names.join(', ')}` : null
}

/** Files that were attached by their names, and those that were named by the last part of it. */
function fileNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(({ name }: Upload) => name)
  return typeof value === 'string' ? value.split('\n').flatMap(line => line.split('/').at(-1) || []) : []
}

/**
 * What stands in the field that asks for an action's text. A text of more than `most` characters is kept as it is unless
 * another one is given: a part of a command would be another command.
 */
export function askedText(
  { value = '', optional = false }: NonNullable<Action['input']>,
  most: number,
): { value?: string; kept?: string; required: boolean } {
  if (value.length > most) return { kept: keptText(value), required: false }
  return { ...(value !== '' && { value }), required: !optional }
}

/** How a field says that it keeps a text which it cannot show. */
const keptText = (text: string): string => `kept unless you write here: ${count(text.length, 'character')}`

/** What stands beside the field of a value that a form keeps: chosen, the value is left out. */
export type Drop = { id: string; label: string; option: string }

/** Null for a required input, whose value can only be replaced. */
export const dropOf = ({ name, required }: InputDefinition): Drop | null =>
  required ? null : { id: dropId(name), label: `What ${name} keeps`, option: 'leave it out' }

/** The id of what stands beside an input's field; no input is called so, since a name has no space. */
export const dropId = (name: string): string => `drop ${name}`

/** A field of a form that came back: `value` is undefined when it was left empty, and then what it kept may stay. */
export type Filled = { value: unknown; keeps: boolean }

/**
 * The values of a form that came back, by the names that its fields had: what was given replaces what there was before,
 * and an empty field takes it away unless it keeps it.
 */
export function filledIn(before: Values, fields: ReadonlyMap<string, Filled>): Record<string, unknown> {
  const values = { ...before }
  for (const [name, { value, keeps }] of fields) {
    if (value !== undefined) values[name] = value
    else if (!keeps) delete values[name]
  }
  return values
}

/** A message as values: its text is the first text input, and its files are the first file input. */
export function fromMessage(
  { text, files }: { text: string; files: readonly Attachment[] },
  inputs: readonly InputDefinition[],
): Record<string, unknown> {
  const home = inputs.find(input => input.type === 'text')
  const folder = inputs.find(input => input.type === 'file')
  return {
    ...(home && text !== '' && { [home.name]: text }),
    ...(folder && files.length > 0 && { [folder.name]: files.slice(0, folder.max) }),
  }
}
