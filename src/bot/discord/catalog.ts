import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandGroupOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandType,
  ApplicationCommandOptionType as Option,
  type RESTPutAPIApplicationCommandsJSONBody,
} from 'discord.js'
import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { cut } from '../../words.ts'

export type CommandJson = RESTPutAPIApplicationCommandsJSONBody[number]
/** What is registered, and a sentence with its remedy for each instruction that is not. */
export type Catalog = { commands: CommandJson[]; problems: string[] }

export const ROOT = 'errand'
const RUN_ON_MESSAGE = 'Run with Errand'
const MAX_COMMANDS = 100
const MAX_CHARS = 8000
const MAX_OPTIONS = 25
const MAX_CHOICES = 25
const MAX_TEXT = 6000
const NAME_CHARS = 32

/** The commands of Discord: one an instruction, `/errand` for everything else, and one for messages. */
export function catalogOf(instructions: Iterable<Instruction>): Catalog {
  const catalog: Catalog = { commands: [ROOT_COMMAND, MESSAGE_COMMAND], problems: [] }
  for (const instruction of instructions) {
    const command = commandOf(instruction)
    const problem = problemOf(instruction, command, catalog)
    if (problem === null) catalog.commands.push(command)
    else catalog.problems.push(`${problem} Until then, \`/${ROOT} run\` runs it.`)
  }
  return catalog
}

function problemOf({ name }: Instruction, command: CommandJson, { commands }: Catalog): string | null {
  if (name === ROOT) return `Discord: \`${name}\` is the bot's own command: rename ${name}.md.`
  if (commands.length > MAX_COMMANDS)
    return `Discord: \`${name}\` is one command too many, ${MAX_COMMANDS} are allowed: remove an instruction.`
  const chars = charactersOf(command)
  if (chars <= MAX_CHARS) return null
  return `Discord: \`${name}\` has ${chars} characters of names, descriptions and options, ${MAX_CHARS} are allowed: shorten the descriptions in ${name}.md.`
}

const commandOf = (instruction: Instruction): CommandJson => ({
  type: ApplicationCommandType.ChatInput,
  name: instruction.name,
  description: cut(instruction.description || instruction.name, 100),
  options: optionsOf(instruction).map(({ option }) => option),
})

/** The options of an instruction and the input that each is for; those that Discord insists on come first. */
export function optionsOf({
  inputs,
}: Pick<Instruction, 'inputs'>): { option: APIApplicationCommandBasicOption; input: string }[] {
  const made = inputs.map(input => ({ option: optionOf(input), input: input.name }))
  const taken = new Set(inputs.map(({ name }) => name))
  for (const input of inputs) {
    for (let n = 2; input.type === 'file' && n <= input.max && made.length < MAX_OPTIONS; n += 1) {
      const name = `${input.name}-${n}`
      if (name.length > NAME_CHARS || taken.has(name)) continue
      taken.add(name)
      made.push({ option: { ...optionOf(input), name, required: false }, input: input.name })
    }
  }
  return made.sort((a, b) => Number(b.option.required ?? false) - Number(a.option.required ?? false))
}

function optionOf(input: InputDefinition): APIApplicationCommandBasicOption {
  const { name } = input
  // An option has one line: a text of several is asked for in a form, unless somebody gives it here.
  const required = input.required === true && !(input.type === 'text' && input.multiline)
  const common = { name, description: describe(input), required }
  switch (input.type) {
    case 'text':
      return { ...common, type: Option.String, max_length: Math.min(input.max, MAX_TEXT) }
    case 'integer':
      return { ...common, type: Option.Integer, ...range(input) }
    case 'number':
      return { ...common, type: Option.Number, ...range(input) }
    case 'boolean':
      return { ...common, type: Option.Boolean }
    case 'file':
      return { ...common, type: Option.Attachment }
    case 'choice': {
      if (input.options.length > MAX_CHOICES) return { ...common, type: Option.String, autocomplete: true }
      return { ...common, type: Option.String, choices: input.options.map(value => ({ name: value, value })) }
    }
    default:
      return { ...common, type: Option.String }
  }
}

/** What it is for and what fits, as far as there is room. */
export function describe(input: InputDefinition): string {
  const fallback = 'default' in input && input.default !== undefined ? ` (default ${input.default})` : ''
  const about = input.description || typeOf(input).fits(input)
  return cut(`${cut(about, Math.max(1, 100 - fallback.length))}${fallback}`, 100)
}

/** Bounds, as far as Discord holds them: it refuses all commands for one beyond, and the engine checks the value anyway. */
const range = ({ min, max }: { min?: number | undefined; max?: number | undefined }) => ({
  ...(isHeld(min) && { min_value: min }),
  ...(isHeld(max) && { max_value: max }),
})

const isHeld = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) <= 2 ** 53

const text = (name: string, description: string, rest: { required?: boolean; autocomplete?: true } = {}) => ({
  ...{ type: Option.String as const, name, description, required: false },
  ...rest,
})
const sub = (
  name: string,
  description: string,
  options: APIApplicationCommandBasicOption[] = [],
): APIApplicationCommandSubcommandOption => ({ type: Option.Subcommand, name, description, options })
const suggested = { required: true, autocomplete: true } as const
const job = text('job', 'The id on its card', suggested)

const schedule = text('schedule', 'Which one', suggested)

const SCHEDULE: APIApplicationCommandSubcommandGroupOption = {
  type: Option.SubcommandGroup,
  name: 'schedule',
  description: 'What runs by itself',
  options: [
    sub('list', 'What is scheduled here'),
    sub('add', 'Run an instruction by itself; when it would run is shown first', [
      text('when', '0 9 * * 1-5, @daily, in 20m, or at 2026-12-01T09:00', { required: true }),
      text('instruction', 'What to run', suggested),
      text('inputs', 'name=value …, or text for the first text input'),
      { type: Option.Channel, name: 'in', description: 'Where; here without it' },
      text('options', 'tz=Europe/Berlin missed=once overlap=skip late=720 jitter=0 until=2026-12-31T00:00 alert=1'),
    ]),
    sub('pause', 'Let one rest', [schedule]),
    sub('resume', 'Let one go on', [schedule]),
    sub('run', 'Run one now', [schedule]),
    sub('remove', 'Take one out; its jobs stay', [schedule]),
  ],
}

const SUBCOMMANDS = [
  sub('run', 'Run an instruction', [
    text('instruction', 'What to run', suggested),
    text('inputs', 'name=value …, or text for the first text input; without it a form opens'),
  ]),
  sub('help', 'What you may run here', [text('instruction', 'One of them', { autocomplete: true })]),
  sub('jobs', 'The last jobs here'),
  sub('limits', 'What you have used, and what is left'),
  sub('login', 'A link to the admin page, for admins'),
  sub('status', 'How a job goes', [job]),
  sub('log', 'The last steps of a job', [job]),
  sub('files', 'The files of a job', [job]),
  sub('cancel', 'Stop a job', [job]),
  sub('retry', 'Try a job again that failed or was cancelled', [job]),
  sub('resume', 'Go on where such a job stopped', [job]),
  sub('again', 'Run a job once more with what it was given', [job]),
  sub('edit', 'Change what a job was given, and run it', [job]),
  sub('use', 'Give the files of a job to another instruction', [job]),
  sub('reply', 'Go on with what a job did', [job, text('text', 'What is to be done', { required: true })]),
  SCHEDULE,
]

/** What may stand behind `/errand`; everything else is said to the bot by a mention. */
export const VERBS: ReadonlySet<string> = new Set(SUBCOMMANDS.map(({ name }) => name))

const ROOT_COMMAND: CommandJson = {
  type: ApplicationCommandType.ChatInput,
  name: ROOT,
  description: 'Run an instruction, or see what became of one',
  options: SUBCOMMANDS,
}

const MESSAGE_COMMAND: CommandJson = { type: ApplicationCommandType.Message, name: RUN_ON_MESSAGE }

type Counted = {
  name?: string
  description?: string | undefined
  value?: unknown
  options?: unknown
  choices?: unknown
}

function charactersOf(part: Counted): number {
  const own = `${part.name ?? ''}${part.description ?? ''}${part.value ?? ''}`.length
  const parts = [part.options, part.choices].filter(list => Array.isArray(list)).flat() as Counted[]
  return parts.reduce((sum, inner) => sum + charactersOf(inner), own)
}
