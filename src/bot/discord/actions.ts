import { type APIActionRowComponent, type APIComponentInMessageActionRow, ButtonStyle, ComponentType } from 'discord.js'
import { cut } from '../../words.ts'
import type { Controls } from '../controls.ts'
import type { Action } from '../platform.ts'

/** What a button or a menu stands for, where it is more than its id can hold. */
export type Control =
  | { kind: 'press'; action: Action }
  /** One of several commands. */
  | { kind: 'choice'; commands: string[] }
  /** Any number of words behind one command. */
  | { kind: 'words'; command: string; words: string[] }

export type Row = APIActionRowComponent<APIComponentInMessageActionRow>

const ID_CHARS = 100
/** Marks an id that is the command itself, and one that names a control. */
export const COMMAND_ID = 'c:'
export const CONTROL_ID = 'k:'
const PER_ROW = 5
const ROWS = 5
const STYLES = { primary: ButtonStyle.Primary, danger: ButtonStyle.Danger } as const

/** Draws what can be done: a menu for several answers that are described, buttons for the rest. */
export async function rowsOf(actions: readonly Action[], controls: Controls): Promise<Row[]> {
  const menus: Row[] = []
  const answers = actions.filter(action => action.description !== undefined && !action.input && !action.options)
  const described = answers.length > 1 ? answers : [] // one alone leaves nothing to choose
  if (described.length > 0) menus.push(await choiceMenu(described, controls))
  const buttons: APIComponentInMessageActionRow[] = []
  for (const action of actions.filter(action => !described.includes(action))) {
    if (action.options) menus.push(await wordsMenu(action, action.options, controls))
    else buttons.push(await button(action, controls))
  }
  const rows: Row[] = [...menus]
  for (let from = 0; from < buttons.length; from += PER_ROW)
    rows.push({ type: ComponentType.ActionRow, components: buttons.slice(from, from + PER_ROW) })
  return rows.slice(0, ROWS)
}

async function button(action: Action, controls: Controls): Promise<APIComponentInMessageActionRow> {
  const { label, command, style, input, values } = action
  const isShort = !input && !values && COMMAND_ID.length + command.length <= ID_CHARS
  const control: Control = { kind: 'press', action }
  return {
    type: ComponentType.Button,
    style: style ? STYLES[style] : ButtonStyle.Secondary,
    label: cut(label, 80),
    custom_id: isShort ? COMMAND_ID + command : CONTROL_ID + (await controls.keep(control)),
  }
}

async function choiceMenu(actions: readonly Action[], controls: Controls): Promise<Row> {
  const control: Control = { kind: 'choice', commands: actions.map(({ command }) => command) }
  return menuRow(CONTROL_ID + (await controls.keep(control)), 'Choose one', 1, actions)
}

async function wordsMenu(
  { label, command }: Action,
  options: NonNullable<Action['options']>,
  controls: Controls,
): Promise<Row> {
  const control: Control = { kind: 'words', command, words: options.map(option => option.label) }
  return menuRow(CONTROL_ID + (await controls.keep(control)), label, options.length, options)
}

/** A menu; the value of an option is its place, because a label may be longer than a value. */
export function menuRow(
  id: string,
  placeholder: string,
  most: number,
  options: readonly { label: string; description?: string }[],
): Row {
  const shown = options.slice(0, 25).map(({ label, description }, i) => ({
    label: cut(label, 100),
    value: String(i),
    ...(description ? { description: cut(description, 100) } : {}),
  }))
  const limits = { min_values: 1, max_values: Math.min(most, shown.length) }
  const menu = { type: ComponentType.StringSelect as const, custom_id: id, placeholder: cut(placeholder, 150) }
  return { type: ComponentType.ActionRow, components: [{ ...menu, ...limits, options: shown }] }
}
