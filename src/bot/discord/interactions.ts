import {
  type ChatInputCommandInteraction,
  ComponentType,
  type Interaction,
  type MessageComponentInteraction,
  type ModalSubmitInteraction,
} from 'discord.js'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { revived } from '../drafts.ts'
import { askedText } from '../form.ts'
import type { Action } from '../platform.ts'
import { quoteValue } from '../quotes.ts'
import { COMMAND_ID, CONTROL_ID, type Control } from './actions.ts'
import { optionsOf, ROOT } from './catalog.ts'
import { attached, type Downloads, uploadOf } from './downloads.ts'

/** A command as an interaction gave it. */
export type Asked = { text: string; values?: Record<string, unknown> }

/** Reads a slash command: `/errand …` as its words, and any other as the values of that instruction's inputs. */
export function askedBySlash(
  interaction: ChatInputCommandInteraction,
  instruction: Instruction | undefined,
  downloads: Downloads,
): Asked {
  const { options, commandName } = interaction
  if (commandName === ROOT) {
    const verb = options.getSubcommand()
    if (options.getSubcommandGroup(false) === 'schedule') return { text: scheduleText(verb, options) }
    const words = ['instruction', 'inputs', 'job', 'text'].map(name => options.getString(name) ?? '').filter(Boolean)
    return { text: verb === 'run' ? words.join(' ') : [verb, ...words].join(' ') }
  }
  const values: Record<string, unknown> = {}
  for (const { option, input } of instruction ? optionsOf(instruction) : []) {
    const file = options.get(option.name)?.attachment
    const value = options.get(option.name)?.value
    if (file) values[input] = [...((values[input] as unknown[] | undefined) ?? []), uploadOf(file, downloads)]
    else if (value !== undefined) values[input] = value
  }
  return { text: commandName, values }
}

/** `/errand schedule …` as its words. */
function scheduleText(verb: string, options: ChatInputCommandInteraction['options']): string {
  const word = (name: string) => options.getString(name) ?? ''
  const when = options.getString('when')
  const channel = options.getChannel('in')
  return [
    ...['schedule', verb, word('schedule'), when === null ? '' : quoteValue(when), word('options')],
    ...[word('instruction'), word('inputs'), channel ? `in <#${channel.id}>` : ''],
  ]
    .filter(Boolean)
    .join(' ')
}

/** What a button or a menu asks for: a command, or a text first. */
export type Pressed = { asked: Asked } | { ask: Action; id: string } | null

export async function pressed(
  { customId, ...interaction }: Pick<MessageComponentInteraction, 'customId'> & { values?: readonly string[] },
  read: (id: string) => Promise<unknown>,
  downloads: Downloads,
): Promise<Pressed> {
  if (customId.startsWith(COMMAND_ID)) return { asked: { text: customId.slice(COMMAND_ID.length) } }
  const id = customId.slice(CONTROL_ID.length)
  const control = customId.startsWith(CONTROL_ID) ? ((await read(id)) as Control | null) : null
  if (control === null) return null
  const chosen = (interaction.values ?? []).map(Number)
  switch (control.kind) {
    case 'press':
      return control.action.input ? { ask: control.action, id } : { asked: askedBy(control.action, downloads) }
    case 'choice':
      return { asked: { text: control.commands[chosen[0] ?? -1] ?? '' } }
    case 'words':
      return { asked: { text: [control.command, ...chosen.map(i => quoteValue(control.words[i] ?? ''))].join(' ') } }
    default:
      return null // the id is of something else that was kept
  }
}

const askedBy = ({ command, values }: Action, downloads: Downloads): Asked => ({
  text: command,
  ...(values && { values: revived(values, file => attached(file, downloads)) }),
})

/** The id of a modal that asks for the text of an action, and of its one field. */
export const INPUT_ID = 'i:'
const FIELD = 'text'
const FIELD_CHARS = 4000

export function inputModal({ label, input = { label } }: Action, id: string) {
  const { kept, ...asked } = askedText(input, FIELD_CHARS)
  const component = {
    ...{ type: ComponentType.TextInput as const, custom_id: FIELD, style: 2, ...asked },
    ...(kept !== undefined && { placeholder: kept }),
  }
  const field = { type: ComponentType.Label as const, label: input.label.slice(0, 45), component }
  return { title: label.slice(0, 45), custom_id: INPUT_ID + id, components: [field] }
}

/** The command of an action whose text was handed in. */
export async function inputGiven(
  { customId, fields }: ModalSubmitInteraction,
  read: (id: string) => Promise<unknown>,
): Promise<string | null> {
  const control = (await read(customId.slice(INPUT_ID.length))) as Control | null
  if (control?.kind !== 'press') return null
  const given = fields.getTextInputValue(FIELD)
  return given.trim() === '' ? control.action.command : `${control.action.command} ${quoteValue(given)}`
}

/** The roles of who acts, as keys; `@everyone` is none. */
export function rolesOf({ member, guildId }: Pick<Interaction, 'member' | 'guildId'>): string[] {
  const roles = member?.roles ?? []
  const ids = Array.isArray(roles) ? roles : [...roles.cache.keys()]
  return ids.filter(id => id !== guildId).map(id => `role:discord:${id}`)
}
