import { askedBy, cardLine, statusMark, stillAsks, subject } from '../engine/card-words.ts'
import { runnableBy, type Who } from '../engine/instructions/allow.ts'
import { type InputDefinition, typeOf } from '../engine/instructions/inputs.ts'
import type { Instruction, Instructions } from '../engine/instructions/instruction.ts'
import type { JobView, OutputView } from '../engine/view.ts'
import type { JobEvent } from '../job.ts'
import { count, duration, oneLine, size } from '../words.ts'
import type { LinkTo } from './elsewhere.ts'
import { quoteValue } from './quotes.ts'

const LINE_CHARS = 120
/** An example is there to be copied: a longer one is not read. */
const COMMAND_CHARS = 90
const VALUE_CHARS = 60

/** What somebody is told for whom no instruction is. */
export const NOTHING_TO_RUN = 'There is nothing that you may run here.'

/** What stands below a menu that takes `most` of this many instructions; '' where it shows all of them. */
export const notAllOf = (all: number, most: number): string =>
  all > most ? `These are ${most} of ${all}; \`/errand run\` has all of them.` : ''

/** What this person may run here, each with an example that can be copied, and the other commands. */
export function helpText({ byName, mistakes }: Instructions, who: Who): string {
  const blocks = runnableBy({ byName }, who).map(
    instruction => `${describe(instruction)}\n  \`${exampleOf(instruction)}\``,
  )
  const none =
    byName.size === 0 ? 'No instruction is loaded yet: put one into the instructions folder.' : NOTHING_TO_RUN
  const broken =
    mistakes.length === 0
      ? []
      : [`${count(mistakes.length, 'mistake')} in the files of other instructions; the server's log names them.`]
  return [...(blocks.length > 0 ? blocks : [none]), ...broken, COMMANDS].join('\n\n')
}

/** One instruction: its inputs with what fits each, and an example. */
export function instructionHelp(instruction: Instruction): string {
  const inputs = instruction.inputs.map(input => `  ${describeInput(input)}`)
  return [describe(instruction), ...inputs, `  \`${exampleOf(instruction)}\``].join('\n')
}

function describeInput(input: InputDefinition): string {
  const fallback = 'default' in input && input.default !== undefined ? `default ${input.default}` : 'optional'
  const about = input.description ? ` — ${input.description}` : ''
  return `\`${input.name}\` ${typeOf(input).fits(input)}, ${input.required ? 'required' : fallback}${about}`
}

const COMMANDS = [
  '`errand help <instruction>` — what one takes',
  '`errand jobs` — the last jobs here · `errand limits` — what you have used, and what is left',
  '`errand status <id>` · `log <id>` · `files <id>` · `cancel <id>` — one job, by the id on its card',
  '`errand reply <id> [--now|--instead] <words>` — goes on with a job; in its thread, or in reply to a post of it, the words alone do',
  '`errand retry <id>` · `resume <id>` · `edit <id>` — after a failure; `again <id>` · `use <id>` · `like <id>` · `dislike <id>` — after a success',
  '`errand schedule add "0 9 * * 1-5" <instruction> …` · `schedule list` · `pause <id>` · `resume <id>` · `run <id>` · `remove <id>` — what runs by itself',
  '`errand answer <question> <words>` · `approve <question>` · `deny <question> [reason]` — what a job asks, by the id below it',
].join('\n')

const describe = ({ name, description }: Instruction) => (description ? `\`${name}\` — ${description}` : `\`${name}\``)

/** A command that runs the instruction, after its first example: what is required, and what else is short. */
export function exampleOf({ name, inputs, examples }: Instruction): string {
  const example = examples[0] ?? {}
  let command = `errand ${name}`
  for (const input of inputs) {
    const value = exampleValue(input, example)
    if (value === null) continue
    const more = ` ${input.name}=${quoteValue(oneLine(value, VALUE_CHARS))}`
    const isShort = !value.includes('\n') && command.length + more.length <= COMMAND_CHARS
    if (input.required || isShort) command += more
  }
  return command
}

/** A file of an example is the instruction's own, which no command can name: the form of one that it can stands for it. */
function exampleValue({ name, type, required }: InputDefinition, example: Record<string, unknown>): string | null {
  if (type === 'file') return required ? 'job:<id>/<path>' : null
  if (Object.hasOwn(example, name)) return String(example[name])
  return required ? '…' : null
}

/** The last jobs of a place, newest first. */
export function jobsText(views: readonly JobView[], now: Date): string {
  if (views.length === 0) return 'No job has been run here yet. `errand help` says what can be run.'
  return views.map(view => `${view.id} ${shape(view)} ${cardLine(view, now)}`).join('\n')
}

/** One job: its line, and who asked. */
export const statusText = (view: JobView, now: Date): string =>
  `${shape(view)} ${cardLine(view, now)}\n${askedBy(view)}`

/** The files of a job, each with a link for 7 days, or with where it lies on this server. */
export function filesText({ id, outputs }: Pick<JobView, 'id' | 'outputs'>, linkTo?: LinkTo): string {
  if (outputs.length === 0) return `Job ${id} has no files.`
  const where = (output: OutputView) => linkTo?.(id, output) ?? output.file
  return outputs.map(output => `${output.path} · ${size(output.bytes)} · ${where(output)}`).join('\n')
}

/** The end of a job's log, each line with the time since the job was asked for. */
export function logText(view: JobView, events: readonly JobEvent[]): string {
  if (events.length === 0) return `Job ${view.id} has no log yet.`
  const earlier = (events[0]?.seq ?? 1) - 1
  const lines = events.map(event => logLine(view, event))
  return [...(earlier > 0 ? [`… ${count(earlier, 'line')} before`] : []), ...lines].join('\n')
}

/** A line of a job's log: when, what kind, and what it says, cut to a line. */
export function logLine({ createdAt }: Pick<JobView, 'createdAt'>, { at, kind, text }: JobEvent): string {
  const after = duration(Date.parse(at) - Date.parse(createdAt))
  return `${after} · ${kind.replace('_', ' ')} · ${oneLine(text, LINE_CHARS)}`
}

/** What a cancel did: a running job ends a little later. */
export const cancelWords = (view: JobView): string =>
  view.status === 'cancelled' ? `${subject(view)} is cancelled.` : `I am stopping ${subject(view)}.`

/** What became of words that were said into a running turn. */
export const heardWords = (view: JobView): string => `${subject(view)} has heard it.${stillAsks(view)}`

/** The shape alone: in a line of its card the word stands already. */
const shape = ({ status }: JobView) => statusMark(status).split(' ', 1)[0]
