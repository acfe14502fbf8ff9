import type { Who } from '../engine/instructions/allow.ts'
import type { Instructions } from '../engine/instructions/instruction.ts'
import { absentWords } from '../engine/instructions/runnable.ts'
import type { ScheduleDraft } from '../engine/schedules/draft.ts'
import { isJobId } from '../job.ts'
import { oneLine } from '../words.ts'
import { readArguments } from './arguments.ts'
import { type Read, readValue } from './quotes.ts'

/** Commands about one schedule, each followed by its id. */
const ID_VERBS = ['remove', 'pause', 'resume', 'run'] as const
export type ScheduleVerb = (typeof ID_VERBS)[number]

/** `add` shows when it would run, `save` keeps it. */
export type ScheduleCommand = { kind: 'schedule' } & (
  | { verb: 'list' }
  | { verb: ScheduleVerb; id: string }
  /** `channel`: where its jobs belong, as it was typed, null: here; `alertChannel`: who is told of failures. */
  | { verb: 'add' | 'save'; draft: ScheduleDraft; channel: string | null; alertChannel: string | null; typed: Typed }
)

/** What was typed without the channels: time and options, then instruction and inputs. */
type Typed = { lead: string; body: string }

const HOW = 'Write it as `schedule add "0 9 * * 1-5" brief topic="…"`.'

/** What may stand between the time and the instruction, as `name=value`. */
const OPTIONS: Record<string, (value: string) => Partial<ScheduleDraft> | null> = {
  tz: timezone => ({ timezone }),
  until: endAt => ({ endAt }),
  missed: missed => ({ missed: missed as NonNullable<ScheduleDraft['missed']> }),
  overlap: overlap => ({ overlap: overlap as NonNullable<ScheduleDraft['overlap']> }),
  late: minutes => ({ maxLatenessMinutes: Number(minutes) }),
  jitter: seconds => ({ jitterSeconds: Number(seconds) }),
  alert: failures => ({ alertAfter: Number(failures) }),
  'alert-in': () => null,
}

/** Reads what stands behind `schedule`; a text is a sentence that says what is wrong with it. Never throws. */
export function readSchedule(rest: string, instructions: Instructions, who: Who): ScheduleCommand | string {
  const [word = ''] = rest.split(/\s/, 1)
  const verb = word.toLowerCase()
  const words = rest.slice(word.length).trim()
  if (verb === '' || verb === 'list') return { kind: 'schedule', verb: 'list' }
  if (verb === 'add' || verb === 'save') return readDraft(verb, words, instructions, who)
  const known = ID_VERBS.find(name => name === verb)
  if (!known) return `I do not know \`schedule ${oneLine(word, 40)}\`: there are list, add, ${ID_VERBS.join(', ')}.`
  const id = words.toLowerCase()
  if (isJobId(id)) return { kind: 'schedule', verb: known, id }
  return `\`schedule ${known}\` needs the id of a schedule: \`errand schedule list\` shows them.`
}

function readDraft(
  verb: 'add' | 'save',
  typed: string,
  instructions: Instructions,
  who: Who,
): ScheduleCommand | string {
  const when = readTime(typed)
  if (when === null) return `\`schedule ${verb}\` needs a time and an instruction. ${HOW}`
  const options = readOptions(typed.slice(when.end).trimStart())
  if (typeof options === 'string') return options
  const [name = ''] = options.rest.split(/\s/, 1)
  const instruction = instructions.byName.get(name.toLowerCase())
  if (name === '') return `It is missing what is to run. ${HOW}`
  if (!instruction) return absentWords(name.toLowerCase(), instructions, who)
  const [, inputs = '', channel = null] = IN_CHANNEL.exec(options.rest.slice(name.length)) ?? []
  const read = readArguments(instruction, inputs)
  if ('problem' in read) return read.problem
  const draft = { ...options.draft, when: when.value, instruction: instruction.name, inputs: read.inputs }
  const lead = [typed.slice(0, when.end), ...options.typed].join(' ')
  const told = { lead, body: `${name}${inputs}` }
  return { kind: 'schedule', verb, draft, channel, alertChannel: options.alertChannel, typed: told }
}

/** What follows an instruction's name, and the channel at its end. */
const IN_CHANNEL = /^(.*?)(?:\sin\s+(<#[^>\s]+>|#\S+|channel:[a-z]+:\S+))?\s*$/is

/** A time in quotes, or as its first word says how many words it has. */
function readTime(text: string): Pick<Read, 'value' | 'end'> | null {
  const quoted = readValue(text, 0)
  if (quoted?.quoted) return quoted
  const form = /^(?:@\S+|in\s+\d+\s*[a-z]+|at\s+\S+(?:\s+\d\d:\d\d\S*)?|(?:[\d*]\S*)(?:\s+\S+){4})(?=\s)/i.exec(text)
  return form && { value: form[0], end: form[0].length }
}

/** `typed`: the options as they stand there, but for the channel. */
type Options = { draft: Partial<ScheduleDraft>; alertChannel: string | null; typed: string[]; rest: string }

function readOptions(text: string): Options | string {
  let found: Options = { draft: {}, alertChannel: null, typed: [], rest: text }
  for (;;) {
    const [lead, name = ''] = /^([a-z][a-z-]*)=/i.exec(found.rest) ?? []
    if (lead === undefined) return found
    const option = OPTIONS[name.toLowerCase()]
    const read = readValue(found.rest, lead.length)
    if (!option || !read)
      return `\`${oneLine(found.rest, 40)}\` is not understood: before the instruction there may be ${Object.keys(OPTIONS).join('=, ')}=.`
    const given = option(read.value)
    found = {
      draft: { ...found.draft, ...given },
      alertChannel: given === null ? read.value : found.alertChannel,
      typed: given === null ? found.typed : [...found.typed, found.rest.slice(0, read.end)],
      rest: found.rest.slice(read.end).trimStart(),
    }
  }
}
