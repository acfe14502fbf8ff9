import type { types } from '@slack/bolt'
import { z } from 'zod'
import { cut } from '../../words.ts'
import type { Action } from '../platform.ts'

/** What a button carries until it is pressed. */
export type Pressed =
  /** Handed in as it is. */
  | { kind: 'run'; command: string }
  /** The person is asked first; what they give follows the command. */
  | { kind: 'ask'; ask: Asked }

/** An action with something to fill in, without what only its drawing needs. */
export type Asked = Pick<Action, 'label' | 'command' | 'input' | 'options'>

const LABEL_CHARS = 75
/** The most that a button holds. */
export const VALUE_CHARS = 2000

/** A button with all that pressing it needs, so that it works after a restart, and in a message that nobody kept. */
export function buttonOf({ label, command, style, input, options }: Action, index: number): types.Button {
  const asks = input !== undefined || options !== undefined
  const asked: Asked = { label, command, ...(input && { input }), ...(options && { options }) }
  return {
    type: 'button',
    action_id: `${asks ? 'ask' : 'run'}-${index}`,
    text: { type: 'plain_text', text: cut(label, LABEL_CHARS), emoji: false },
    value: asks ? JSON.stringify(asked) : command,
    ...(style && { style }),
  }
}

/** Every action that the code listens to. */
export const BUTTON_ACTIONS = /^(run|ask)-\d+$/

const askedSchema = z.object({
  label: z.string(),
  command: z.string(),
  input: z.object({ label: z.string(), value: z.string().optional(), optional: z.boolean().optional() }).optional(),
  options: z.array(z.object({ label: z.string(), description: z.string() })).optional(),
})

/** What was pressed, from the button's id and value; null for a button that is none of ours. */
export function readButton(id: string, value: string): Pressed | null {
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
