import type { types } from '@slack/bolt'
import { z } from 'zod'
import { cut, oneLine } from '../../words.ts'
import type { Controls } from '../controls.ts'
import type { Values } from '../drafts.ts'
import { askedText, dropOf, keptWords } from '../form.ts'
import type { Form, PostRef } from '../platform.ts'
import { notAllOf } from '../replies.ts'
import type { Asked } from './buttons.ts'
import { dropField, FIELD_CHARS, fieldOf } from './fields.ts'
import { calm } from './text.ts'

/** The forms that the code handles. */
export const FORM = 'form'
export const ASK = 'ask'
export const CHOOSE = 'choose'

/** What a form carries of where it was opened, since Slack does not say it when it comes back. */
export type Origin = { place: string; thread: PostRef | null; responseUrl: string | null }

const origin = { place: z.string(), thread: z.string().nullable(), responseUrl: z.string().nullable() }

/**
 * What an instruction's form carries: `inputs` are the names of its fields, `draft` names the values that no field can
 * show, null where there is none.
 */
export const formMetadata = z.object({
  ...{ ...origin, instruction: z.string(), inputs: z.array(z.string()), draft: z.string().nullable() },
})
/** A message that becomes inputs: `draft` names its text and what goes with it. */
export const chooseMetadata = z.object({ ...origin, draft: z.string() })
export const askMetadata = z.object({ ...origin, command: z.string() })

const TITLE_CHARS = 24
const PROBLEM_CHARS = 500
const OPTION_CHARS = 75
/** Slack's limit for choices in one group. */
const MOST_OPTIONS = 10
const MOST_IN_MENU = 100

/** An instruction's inputs as a form, with the values so far and what is wrong with them. */
export async function formView(form: Form, origin: Origin, controls: Controls): Promise<types.ModalView> {
  const hidden = form.inputs.filter(input => keptWords(input, form.values[input.name], FIELD_CHARS) !== null)
  const blocks = form.inputs.flatMap(input => {
    const problem = form.problems.find(({ field }) => field === input.name)
    const isGiven = Object.hasOwn(form.values, input.name)
    // What is missing is seen; what was given and does not fit has to be said.
    const notes = problem && isGiven ? [note(`! ${problem.message}`)] : []
    const drop = hidden.includes(input) ? dropOf(input) : null
    return [...notes, fieldOf(input, form.values[input.name]), ...(drop ? [dropField(drop)] : [])]
  })
  const names = form.inputs.map(({ name }) => name)
  const homeless = form.problems
    .filter(({ field }) => !names.includes(field))
    .map(({ message }) => note(`! ${message}`))
  const kept: Values = Object.fromEntries(hidden.map(({ name }) => [name, form.values[name]]))
  const draft = hidden.length === 0 ? null : await controls.keep(kept)
  const metadata: z.infer<typeof formMetadata> = { ...origin, instruction: form.instruction, inputs: names, draft }
  return modal(FORM, form.instruction, 'Run', metadata, [note(form.title), ...homeless, ...blocks])
}

/** The form of a button that asks for something. */
export function askView({ label, command, input, options = [] }: Asked, origin: Origin): types.ModalView {
  const metadata: z.infer<typeof askMetadata> = { ...origin, command }
  const choices = options.slice(0, MOST_OPTIONS).map(({ label, description }) => ({
    ...{ value: cut(label, OPTION_CHARS), text: plain(cut(label, OPTION_CHARS)) },
    ...(description && { description: plain(cut(description, OPTION_CHARS)) }),
  }))
  const blocks: types.KnownBlock[] = []
  if (choices.length > 0)
    blocks.push({ ...field('options', label), element: { type: 'checkboxes', action_id: 'value', options: choices } })
  if (input) {
    const { value, kept, required } = askedText(input, FIELD_CHARS)
    const initial = value === undefined ? {} : { initial_value: value }
    const element = { type: 'plain_text_input', action_id: 'value', multiline: true, ...initial } as const
    const hint = kept === undefined ? {} : { hint: plain(kept) }
    blocks.push({ ...field('text', input.label), ...hint, optional: !required, element })
  }
  return modal(ASK, label, 'Send', metadata, blocks)
}

/** The form that asks which instruction is meant. */
export function chooseView(names: readonly string[], metadata: z.infer<typeof chooseMetadata>): types.ModalView {
  const options = names.slice(0, MOST_IN_MENU).map(name => ({ text: plain(name), value: name }))
  const element = { type: 'static_select', action_id: 'value', options } as const
  const rest = notAllOf(names.length, MOST_IN_MENU)
  const asked = { ...field('instruction', 'What shall I run?'), element, ...(rest !== '' && { hint: plain(rest) }) }
  return modal(CHOOSE, 'Run with Errand', 'Next', metadata, [asked])
}

/** A form that has nothing to fill in but something to say. */
export const messageView = (title: string, text: string): types.ModalView => ({
  ...{ type: 'modal', title: plain(oneLine(title, TITLE_CHARS)), close: plain('Close'), blocks: [note(text)] },
})

const field = (id: string, label: string) => ({ type: 'input', block_id: id, label: plain(label) }) as const

function modal(
  id: string,
  title: string,
  submit: string,
  metadata: object,
  blocks: types.KnownBlock[],
): types.ModalView {
  return {
    ...{ type: 'modal', callback_id: id, private_metadata: JSON.stringify(metadata), blocks },
    ...{ title: plain(oneLine(title, TITLE_CHARS)), submit: plain(submit), close: plain('Cancel') },
  }
}

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text: calm(text), emoji: false })
const note = (text: string): types.SectionBlock => ({ type: 'section', text: plain(cut(text, PROBLEM_CHARS)) })
