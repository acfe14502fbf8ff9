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
import { keptWords } from '../drafts.ts'
import { describe } from './catalog.ts'
import { uploadOf } from './upload.ts'

/** A form that is being filled in: what was given so far, and how many inputs were asked for. */
export type Draft = { instruction: string; values: Record<string, unknown>; asked: number }

/** What one modal holds at most. */
const PER_STEP = 5
const TEXT_CHARS = 4000
const OPTIONS = 25
/** Longer than this a text is written over several lines. */
const SHORT_CHARS = 200
const DESCRIPTION_CHARS = 100

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
  const kept = keptWords(input, value, TEXT_CHARS)
  const component = fieldOf(input, value, kept)
  const description = kept === null ? describe(input) : cut(kept, DESCRIPTION_CHARS)
  return { type: ComponentType.Label, label: input.name, description, component }
}

function fieldOf(input: InputDefinition, value: unknown, kept: string | null): APIComponentInLabel {
  const { name: custom_id } = input
  const required = input.required && kept === null
  const fallback = 'default' in input ? input.default : undefined
  const given = kept !== null ? undefined : value === undefined ? fallback : value
  if (input.type === 'file') {
    const min_values = required ? 1 : 0
    return { type: ComponentType.FileUpload, custom_id, required: min_values > 0, min_values, max_values: input.max }
  }
  const options = input.type === 'boolean' ? ['yes', 'no'] : input.type === 'choice' ? input.options : []
  if (options.length > 0 && options.length <= OPTIONS) {
    const chosen = typeof given === 'boolean' ? (given ? 'yes' : 'no') : String(given ?? '').toLowerCase()
    const list = options.map(label => ({ label, value: label, default: label.toLowerCase() === chosen }))
    return { type: ComponentType.StringSelect, custom_id, required, min_values: required ? 1 : 0, options: list }
  }
  const words = given === undefined ? '' : String(given)
  const most = input.type === 'text' ? input.max : TEXT_CHARS
  const max_length = Math.min(TEXT_CHARS, Math.max(most, words.length)) // what is too long is shown, to be shortened
  const isLong = input.type === 'text' && (input.multiline || input.max > SHORT_CHARS)
  return {
    type: ComponentType.TextInput,
    ...{ custom_id, required, max_length, style: isLong ? TextInputStyle.Paragraph : TextInputStyle.Short },
    ...(words !== '' && { value: cut(words, max_length) }),
    placeholder: cut(typeOf(input).fits(input), 100),
  }
}

/** The values of a step that was handed in, added to those of the steps before. */
export function filledIn(draft: Draft, inputs: readonly InputDefinition[], { fields }: ModalSubmitInteraction): Draft {
  const values = { ...draft.values }
  for (const input of inputs.slice(draft.asked, draft.asked + PER_STEP)) {
    const { name, type } = input
    const field = fields.fields.get(name)
    const isKept = keptWords(input, draft.values[name], TEXT_CHARS) !== null
    if (field?.type === ComponentType.TextInput && !(isKept && field.value === '')) values[name] = field.value
    if (field?.type === ComponentType.StringSelect) values[name] = field.values[0] ?? ''
    if (field?.type === ComponentType.FileUpload) {
      const files = [...(fields.getUploadedFiles(name)?.values() ?? [])].map(uploadOf)
      if (files.length > 0) values[name] = files
    }
    if (type !== 'file' && values[name] === '') delete values[name]
  }
  return { ...draft, values, asked: Math.min(inputs.length, draft.asked + PER_STEP) }
}
