import type { types } from '@slack/bolt'
import { z } from 'zod'
import { cut } from '../../words.ts'
import type { Controls } from '../controls.ts'
import type { Values } from '../drafts.ts'
import type { Action } from '../platform.ts'

/** What a button carries until it is pressed. */
export type Pressed =
  /** Handed in as it is, with inputs where there are some. */
  | { kind: 'run'; command: string; values?: Values }
  /** The person is asked first; what they give follows the command. */
  | { kind: 'ask'; ask: Asked }

/** An action with something to fill in, without what only its drawing needs. */
export type Asked = Pick<Action, 'label' | 'command' | 'input' | 'options'>

const LABEL_CHARS = 75
/** The most that a button holds. */
const VALUE_CHARS = 2000

/** A button with all that pressing it needs, or with the id of that: it works after a restart, and in any message. */
export async function buttonOf(action: Action, index: number, controls: Controls): Promise<types.Button> {
  const { label, style } = action
  const { kind, value } = await carried(action, controls)
  return {
    ...{ type: 'button', action_id: `${kind}-${index}`, value },
    text: { type: 'plain_text', text: cut(label, LABEL_CHARS), emoji: false },
    ...(style && { style }),
  }
}

async function carried({ label, command, input, options, values }: Action, controls: Controls) {
  const asked: Asked = { label, command, ...(input && { input }), ...(options && { options }) }
  const asks = input !== undefined || options !== undefined
  const pressed: Pressed = asks ? { kind: 'ask', ask: asked } : { kind: 'run', command, ...(values && { values }) }
  const value = asks ? JSON.stringify(asked) : command
  if (!values && value.length <= VALUE_CHARS) return { kind: pressed.kind, value }
  return { kind: 'kept', value: await controls.keep(pressed) }
}

/** Every action that the code listens to. */
export const BUTTON_ACTIONS = /^(run|ask|kept)-\d+$/

const askedSchema = z.object({
  label: z.string(),
  command: z.string(),
  input: z.object({ label: z.string(), value: z.string().optional(), optional: z.boolean().optional() }).optional(),
  options: z.array(z.object({ label: z.string(), description: z.string() })).optional(),
})

/** What was pressed, from the button's id and value; null for one that stands for nothing any more. */
export async function readButton(id: string, value: string, controls: Controls): Promise<Pressed | null> {
  if (id.startsWith('kept-')) return (await controls.read(value)) as Pressed | null
  if (id.startsWith('run-')) return { kind: 'run', command: value }
  const asked = askedSchema.safeParse(parsed(value))
  return asked.success ? { kind: 'ask', ask: asked.data as Asked } : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
