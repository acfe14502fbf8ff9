import { mayRun, refusal, runnableBy, type Who } from '../engine/instructions/allow.ts'
import type { Instruction, Instructions } from '../engine/instructions/instruction.ts'
import { brokenWords } from '../engine/instructions/runnable.ts'
import { isJobId } from '../job.ts'
import { nearest } from '../nearest.ts'
import { oneLine } from '../words.ts'
import { readArguments } from './arguments.ts'
import { GO_ON_VERBS, type GoOnCommand, readGoOn } from './go-on-commands.ts'
import type { Request } from './platform.ts'
import { unquoted } from './quotes.ts'
import { readSchedule, type ScheduleCommand } from './schedule-command.ts'

/** Commands about one job, each followed by its id. */
const JOB_VERBS = ['status', 'log', 'files', 'cancel'] as const
/** Words to a question, each followed by the question's id. */
const ANSWER_VERBS = ['answer', 'approve', 'deny'] as const
const VERBS = ['help', 'jobs', 'limits', 'login', 'schedule', ...JOB_VERBS, ...ANSWER_VERBS, ...GO_ON_VERBS] as const
type JobVerb = (typeof JOB_VERBS)[number]

/** What a person asked for. `problem` is a sentence for them; then nothing else is known. */
export type Command =
  /** Of one instruction, or of everything. */
  | { kind: 'help'; instruction?: string }
  | { kind: 'jobs' }
  | { kind: 'limits' }
  | { kind: 'login' }
  | { kind: JobVerb; id: string }
  /** Values by input name; those that were typed are text, and those of a file input stand one a line. */
  | { kind: 'run'; instruction: string; inputs: Readonly<Record<string, unknown>> }
  | QuestionCommand
  | GoOnCommand
  | ScheduleCommand
  | { kind: 'unknown'; word: string; suggestion?: string }
  | { kind: 'problem'; text: string }

/** `id` is a question's, with `.2` behind it for the second thing that it asks. */
export type QuestionCommand =
  /** `text`: one value, or several words that each name an option; as it was typed. */
  | { kind: 'answer'; id: string; text: string }
  /** `input`: the command that is to run instead. */
  | { kind: 'approve'; id: string; forJob: boolean; input?: string }
  | { kind: 'deny'; id: string; reason?: string }

/**
 * Reads a command: `<instruction> [name=value …] [text for the first text input]`, or a verb. Never throws.
 * `/errand`, `errand` and `run` may stand before it; a command word may have a slash and capitals, as phones write it.
 * An instruction that this person may not run here is a problem, and is never suggested.
 */
export function parseCommand(
  { text, values }: Pick<Request, 'text' | 'values'>,
  instructions: Instructions,
  who: Who,
): Command {
  const asked = text
    .trim()
    .replace(/^\/?errand(?=\s|$)/i, '')
    .trimStart()
  const words = asked.replace(/^run(?=\s|$)/i, '').trimStart()
  if (words === '')
    return asked === ''
      ? { kind: 'help' }
      : problem('`run` needs the name of an instruction. `errand help` lists them.')
  const typed = words.split(/\s/, 1)[0] ?? ''
  const word = typed.toLowerCase().replace(/^\//, '')
  const rest = words.slice(typed.length)
  if (word === 'jobs' || word === 'limits' || word === 'login') return { kind: word }
  if (word === 'schedule') {
    const read = readSchedule(rest.trim(), instructions, who)
    return typeof read === 'string' ? problem(read) : read
  }
  if (word === 'help') return readHelp(rest.trim().toLowerCase(), instructions, who)
  const verb = JOB_VERBS.find(known => known === word)
  if (verb) return readJobVerb(verb, rest.trim())
  const goingOn = GO_ON_VERBS.find(known => known === word)
  if (goingOn) return readGoOn(goingOn, rest.trim())
  const answering = ANSWER_VERBS.find(known => known === word)
  if (answering) return readAnswer(answering, rest.trim())
  const instruction = instructions.byName.get(word)
  if (!instruction) return unknownWord(word, instructions, who)
  if (!mayRun(instruction, who)) return problem(refusal(instruction, who))
  if (values) return { kind: 'run', instruction: word, inputs: values }
  return rest.trim() === '--help' ? { kind: 'help', instruction: word } : readRun(instruction, rest)
}

/** `help brief` is about that instruction; any other word behind `help` is about everything. */
function readHelp(name: string, instructions: Instructions, who: Who): Command {
  const instruction = instructions.byName.get(name)
  const broken = brokenWords(name, instructions)
  if (broken) return problem(broken)
  return instruction && mayRun(instruction, who) ? { kind: 'help', instruction: name } : { kind: 'help' }
}

function readJobVerb(verb: JobVerb, rest: string): Command {
  if (rest === '')
    return problem(`\`${verb}\` needs the id of a job: \`errand ${verb} <id>\`. \`errand jobs\` lists them.`)
  const id = rest.toLowerCase()
  if (isJobId(id)) return { kind: verb, id }
  return problem(
    `\`${oneLine(rest, 40)}\` is not the id of a job: an id has 8 letters and digits. \`errand jobs\` lists them.`,
  )
}

function readAnswer(kind: QuestionCommand['kind'], rest: string): Command {
  const [id = ''] = rest.split(/\s/, 1)
  if (!isJobId(id.toLowerCase().replace(/\.[1-9]$/, '')))
    return problem(`\`${kind}\` needs the id of a question: it stands below the question.`)
  const said = rest.slice(id.length).trim()
  const about = { id: id.toLowerCase() }
  if (kind === 'answer') return { kind, ...about, text: said }
  const forJob = kind === 'approve' && /^--job(?=\s|$)/.test(said)
  const text = unquoted(forJob ? said.slice('--job'.length).trim() : said)
  if (kind === 'approve') return { kind, ...about, forJob, ...(text && { input: text }) }
  return { kind, ...about, ...(text && { reason: text }) }
}

function readRun(instruction: Instruction, rest: string): Command {
  const read = readArguments(instruction, rest)
  if ('problem' in read) return problem(read.problem)
  return { kind: 'run', instruction: instruction.name, inputs: read.inputs }
}

function unknownWord(word: string, instructions: Instructions, who: Who): Command {
  const broken = brokenWords(word, instructions)
  if (broken !== null) return problem(broken)
  const names = runnableBy(instructions, who).map(({ name }) => name)
  const suggestion = nearest(word, [...names, ...VERBS])
  return { kind: 'unknown', word: oneLine(word, 40), ...(suggestion === null ? {} : { suggestion }) }
}

const problem = (text: string): Command => ({ kind: 'problem', text })
