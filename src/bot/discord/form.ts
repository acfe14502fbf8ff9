import {
  type APIComponentInLabel,
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  type ModalSubmitInteraction,
  TextInputStyle,
} from 'discord.js'
import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import { cut } from '../../words.ts'
import { describe } from './catalog.ts'
import { type RemoteFile, uploadOf } from './upload.ts'

/** A form that is being filled in: what was given so far, and how many inputs were asked for. */
export type Draft = { instruction: string; values: Record<string, unknown>; asked: number }

/** What one modal holds at most. */
export const PER_STEP = 5
const TEXT_CHARS = 4000
const OPTIONS = 25
/** Longer than this a text is written over several lines. */
const SHORT_CHARS = 200

/** One step of a form, its fields filled in with what is known. */
export function modalOf(
  inputs: readonly InputDefinition[],
  { instruction, values, asked }: Draft,
  id: string,
): APIModalInteractionResponseCallbackData {
  const steps = Math.ceil(inputs.length / PER_STEP)
  const step = steps > 1 ? ` ${Math.floor(asked / PER_STEP) + 1} of ${steps}` : ''
  const fields = inputs.slice(asked, asked + PER_STEP).map(input => labelOf(input, values[input.name]))
  return { title: cut(`${instruction}${step}`, 45), custom_id: id, components: fields }
}

function labelOf(input: InputDefinition, value: unknown): APILabelComponent {
  const component = fieldOf(input, value)
  return { type: ComponentType.Label, label: input.name, description: describe(input), component }
}

function fieldOf(input: InputDefinition, value: unknown): APIComponentInLabel {
  const { name: custom_id, required } = input
  const fallback = 'default' in input ? input.default : undefined
  const given = value === undefined ? fallback : value
  if (input.type === 'file') {
    const isGiven = Array.isArray(value) && value.length > 0 // a form cannot show files that were given before
    const min_values = required && !isGiven ? 1 : 0
    return { type: ComponentType.FileUpload, custom_id, required: min_values > 0, min_values, max_values: input.max }
  }
  const options = input.type === 'boolean' ? ['yes', 'no'] : input.type === 'choice' ? input.options : []
  if (options.length > 0 && options.length <= OPTIONS) {
    const chosen = typeof given === 'boolean' ? (given ? 'yes' : 'no') : String(given ?? '').toLowerCase()
    const list = options.map(label => ({ label, value: label, default: label.toLowerCase() === chosen }))
    return { type: ComponentType.StringSelect, custom_id, required, min_values: required ? 1 : 0, options: list }
  }
  const max_length = input.type === 'text' ? Math.min(input.max, TEXT_CHARS) : SHORT_CHARS
  const isLong = input.type === 'text' && (input.multiline || input.max > SHORT_CHARS)
  return {
    type: ComponentType.TextInput,
    ...{ custom_id, required, max_length, style: isLong ? TextInputStyle.Paragraph : TextInputStyle.Short },
    ...(given === undefined ? {} : { value: cut(String(given), max_length) }),
    placeholder: cut(typeOf(input).fits(input), 100),
  }
}

/** The values of a step that was handed in, added to those of the steps before. */
export function filledIn(draft: Draft, inputs: readonly InputDefinition[], { fields }: ModalSubmitInteraction): Draft {
  const values = { ...draft.values }
  for (const { name, type } of inputs.slice(draft.asked, draft.asked + PER_STEP)) {
    const field = fields.fields.get(name)
    if (field?.type === ComponentType.TextInput) values[name] = field.value
    if (field?.type === ComponentType.StringSelect) values[name] = field.values[0] ?? ''
    if (field?.type === ComponentType.FileUpload) {
      const files = [...(fields.getUploadedFiles(name)?.values() ?? [])].map(({ name, url }) => uploadOf({ name, url }))
      if (files.length > 0) values[name] = files
    }
    if (type !== 'file' && values[name] === '') delete values[name]
  }
  return { ...draft, values, asked: Math.min(inputs.length, draft.asked + PER_STEP) }
}

/** A draft as it was kept: files are files again. */
export function revived(draft: Draft, inputs: readonly InputDefinition[]): Draft {
  const values = { ...draft.values }
  for (const { name, type } of inputs) {
    const kept = values[name]
    if (type === 'file' && Array.isArray(kept)) values[name] = (kept as RemoteFile[]).map(uploadOf)
  }
  return { ...draft, values }
}
