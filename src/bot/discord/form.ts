import {
  type APIComponentInLabel,
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  type ModalSubmitInteraction,
  TextInputStyle,
} from 'discord.js'
import { z } from 'zod'
import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import { cut } from '../../words.ts'
import { type Drop, dropId, dropOf, type Filled, filledIn, keptWords } from '../form.ts'
import { describe } from './catalog.ts'
import { type Downloads, uploadOf } from './downloads.ts'

/** A form that is being filled in: what was given so far, and the names of the fields of each step that came back. */
export const draftSchema = z.object({
  instruction: z.string(),
  values: z.record(z.string(), z.unknown()),
  asked: z.array(z.array(z.string())),
})
export type Draft = z.infer<typeof draftSchema>

/** What one modal holds at most. */
const PER_STEP = 5
const TEXT_CHARS = 4000
const OPTIONS = 25
/** Longer than this a text is written over several lines. */
const SHORT_CHARS = 200
const DESCRIPTION_CHARS = 100

/** The inputs that no step has asked for, also those that the instruction has got meanwhile. */
export const unasked = (inputs: readonly InputDefinition[], { asked }: Draft): InputDefinition[] =>
  inputs.filter(({ name }) => !asked.flat().includes(name))

/** The next step of a form, its fields filled in with what is known; there is something to ask for. */
export function modalOf(
  inputs: readonly InputDefinition[],
  draft: Draft,
  id: string,
): APIModalInteractionResponseCallbackData {
  const steps = stepsOf(unasked(inputs, draft), draft)
  const done = draft.asked.length
  const all = done + steps.length
  const step = all > 1 ? ` ${done + 1} of ${all}` : ''
  return { title: cut(`${draft.instruction}${step}`, 45), custom_id: id, components: steps[0] ?? [] }
}

/** The fields of inputs, a modal each; an input and what stands beside it are not parted. */
function stepsOf(inputs: readonly InputDefinition[], { values }: Draft): APILabelComponent[][] {
  const steps: APILabelComponent[][] = []
  for (const input of inputs) {
    const fields = fieldsOf(input, values[input.name])
    const last = steps.at(-1)
    if (last && last.length + fields.length <= PER_STEP) last.push(...fields)
    else steps.push(fields)
  }
  return steps
}

function fieldsOf(input: InputDefinition, value: unknown): APILabelComponent[] {
  const kept = keptWords(input, value, TEXT_CHARS)
  const component = fieldOf(input, value, kept)
  const description = kept === null ? describe(input) : cut(kept, DESCRIPTION_CHARS)
  const drop = kept === null ? null : dropOf(input)
  const field: APILabelComponent = { type: ComponentType.Label, label: input.name, description, component }
  return drop ? [field, dropField(drop)] : [field]
}

function dropField({ id, label, option }: Drop): APILabelComponent {
  const options = [
    { label: 'keep it', value: KEEP, default: true },
    { label: option, value: DROP },
  ]
  const menu = { type: ComponentType.StringSelect as const, custom_id: id, required: false, min_values: 0, options }
  return { type: ComponentType.Label, label, component: menu }
}

const KEEP = 'keep'
const DROP = 'drop'

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

/** A draft with the step that was handed in; a field of an input that is gone keeps its value, so that it is told. */
export function withStep(
  draft: Draft,
  inputs: readonly InputDefinition[],
  { fields }: ModalSubmitInteraction,
  downloads: Downloads,
): Draft {
  const given = (name: string): unknown => {
    const field = fields.fields.get(name)
    if (field?.type === ComponentType.TextInput) return field.value || undefined
    if (field?.type === ComponentType.StringSelect) return field.values[0]
    const files = field?.type === ComponentType.FileUpload ? [...(fields.getUploadedFiles(name)?.values() ?? [])] : []
    return files.length === 0 ? undefined : files.map(file => uploadOf(file, downloads))
  }
  const isKept = (name: string) => {
    const input = inputs.find(input => input.name === name)
    return input !== undefined && keptWords(input, draft.values[name], TEXT_CHARS) !== null
  }
  const all = [...fields.fields.keys()]
  const names = all.filter(id => !all.some(name => id === dropId(name)))
  const filled = names.map((name): [string, Filled] => [
    name,
    { value: given(name), keeps: isKept(name) && given(dropId(name)) !== DROP },
  ])
  return { ...draft, values: filledIn(draft.values, new Map(filled)), asked: [...draft.asked, names] }
}
