import type { types } from '@slack/bolt'
import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import { cut } from '../../words.ts'
import { type Drop, keptWords } from '../form.ts'
import type { FieldState, SlackFile } from './payloads.ts'
import { calm } from './text.ts'

/** The most that a field of a form holds. */
export const FIELD_CHARS = 3000
const HINT_CHARS = 2000

/** What every field is called inside its block; the block has the input's name. */
const VALUE = 'value'

type Field = types.InputBlock['element']

/** An input as a field of a form, with the value that it has so far; one that it cannot show it keeps when left empty. */
export function fieldOf(input: InputDefinition, given: unknown): types.InputBlock {
  const kept = keptWords(input, given, FIELD_CHARS)
  const value = kept !== null ? undefined : given === undefined && 'default' in input ? input.default : given
  const about = [input.description, `${typeOf(input).fits(input)}.`, kept].filter(words => words)
  return {
    type: 'input',
    block_id: input.name,
    label: plain(input.name),
    hint: plain(cut(about.join(' — '), HINT_CHARS)),
    optional: !input.required || kept !== null,
    element: { ...elementOf(input, value), action_id: VALUE },
  }
}

/** The block beside a field that keeps a value: ticked, the value is left out. */
export const dropField = ({ id, label, option: words }: Drop): types.InputBlock => ({
  ...{ type: 'input', block_id: id, label: plain(label), optional: true },
  element: { type: 'checkboxes', action_id: VALUE, options: [option(words)] },
})

function elementOf(input: InputDefinition, value: unknown): Field {
  const initial = (words: string) => (words === '' ? {} : { initial_value: words })
  const words = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  switch (input.type) {
    case 'text':
      return {
        ...{ type: 'plain_text_input', multiline: input.multiline },
        // What is too long is shown, to be shortened.
        max_length: Math.min(FIELD_CHARS, Math.max(input.max, words.length)),
        ...initial(words),
      }
    case 'url':
      return { type: 'url_text_input', ...(URL.canParse(words) && initial(words)) }
    case 'integer':
    case 'number':
      return {
        ...{ type: 'number_input', is_decimal_allowed: input.type === 'number' },
        ...(input.min !== undefined && { min_value: String(input.min) }),
        ...(input.max !== undefined && { max_value: String(input.max) }),
        ...(isWithin(words, input) && initial(words)),
      }
    case 'date':
      return { type: 'datepicker', ...(/^\d{4}-\d\d-\d\d$/.test(words) && { initial_date: words }) }
    case 'boolean':
      return withChosen({ type: 'radio_buttons', options: ['yes', 'no'].map(option) }, isYes(value))
    case 'choice':
      return withChosen({ type: 'static_select', options: input.options.map(option) }, words)
    case 'file':
      return { type: 'file_input', max_files: input.max }
  }
}

/** A value that Slack would refuse keeps the whole form from opening. */
function isWithin(words: string, { min, max }: { min?: number | undefined; max?: number | undefined }): boolean {
  const value = Number(words)
  return words !== '' && value >= (min ?? value) && value <= (max ?? value)
}

const isYes = (value: unknown): string =>
  value === true || /^(yes|true|on)$/i.test(String(value)) ? 'yes' : value === undefined ? '' : 'no'

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text: calm(text), emoji: false })
const option = (value: string): types.PlainTextOption => ({ text: plain(value), value })

function withChosen<T extends types.RadioButtons | types.StaticSelect>(field: T, chosen: string): T {
  const initial = (field.options as types.PlainTextOption[]).find(
    ({ value }) => value?.toLowerCase() === chosen.toLowerCase(),
  )
  return initial ? { ...field, initial_option: initial } : field
}

/** A field as it was filled in; undefined when it was left empty. Files are as Slack names them. */
export function readField(state: FieldState | undefined): string | readonly SlackFile[] | undefined {
  if (state?.files) return state.files.length === 0 ? undefined : state.files
  const value = state?.value ?? state?.selected_date ?? state?.selected_option?.value
  return value === null || value === '' ? undefined : value
}

/** The state of the field of an input. */
export const stateOf = (values: Record<string, Record<string, FieldState>>, name: string): FieldState | undefined =>
  values[name]?.[VALUE]
