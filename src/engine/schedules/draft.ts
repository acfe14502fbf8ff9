import { z } from 'zod'
import { type Problem, UserError } from '../../errors.ts'
import type { Person } from '../../job.ts'
import { DEFAULT_POLICY, MISSED, OVERLAP, type Policy } from '../../schedule.ts'
import { checkInputs } from '../instructions/check-inputs.ts'
import type { Instruction, Instructions } from '../instructions/instruction.ts'
import { runnable } from '../instructions/runnable.ts'
import { originOf, type Schedule } from './schedule.ts'
import { nextRun, type Timing } from './timing.ts'
import { readCron, readMoment, readWhen, readZone } from './when.ts'

/** A schedule as somebody asks for it; what is left out is as usual. One of `cron` and `at` says when. */
export type ScheduleDraft = Partial<Policy> & {
  instruction: string
  inputs: Readonly<Record<string, unknown>>
  /** When, as people write it, in the place of `cron` and `at`: `@daily`, `in 20m`, `at 2026-12-01T09:00`. */
  when?: string | undefined
  cron?: string | null | undefined
  /** `2026-12-01T09:00` in the zone, or with a zone of its own. */
  at?: string | null | undefined
  timezone?: string | undefined
  endAt?: string | null | undefined
  /** The key of a place, as in `channel:slack:C024`. */
  destination?: string | null | undefined
  /** False: it is made, or becomes, paused. */
  enabled?: boolean
}

/** What a draft comes to once it is checked. */
export type CheckedDraft = Timing & Pick<Schedule, 'instruction' | 'inputs' | 'destination' | 'policy'>

const whole = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z.int(message).min(min, message).max(max, message)
}
const place = z.string().regex(/^channel:[a-z]+:\S+$/, 'must be a place such as channel:slack:C024')

/** What each part of a policy may be. */
const policySchema = z.object({
  missed: z.enum(MISSED, `must be one of ${MISSED.join(', ')}`),
  overlap: z.enum(OVERLAP, `must be one of ${OVERLAP.join(', ')}`),
  maxLatenessMinutes: whole(1, 7 * 24 * 60),
  jitterSeconds: whole(0, 3600),
  alertAfter: whole(1, 100),
  alertTo: place.nullable(),
})

export type DraftDeps = { instructions: () => Instructions; defaultTimezone: string }

/**
 * Checks a draft of a person's. Throws a UserError that names every problem; the field of an input is `inputs.` and its
 * name.
 */
export function checkDraft(
  { instructions, defaultTimezone }: DraftDeps,
  draft: ScheduleDraft,
  { maker, now }: { maker: Person; now: Date },
): CheckedDraft {
  const problems: Problem[] = []
  const read = <T>(field: string, make: () => T, otherwise: T): T => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      problems.push({ field, message: error.message })
      return otherwise
    }
  }
  const timezone = read('timezone', () => readZone(draft.timezone ?? defaultTimezone), 'UTC')
  const { destination = null, instruction, inputs } = draft
  const moment = (given: string) => readMoment(given, timezone, now).toISOString()
  const { when, cron, at, endAt } = draft
  const timing: Timing = {
    cron: cron ? read('cron', () => readCron(cron), null) : null,
    at: at ? read('at', () => moment(at), null) : null,
    ...(when !== undefined && read('when', () => readWhen(when, timezone, now), { cron: null, at: null })),
    timezone,
    endAt: endAt ? read('endAt', () => moment(endAt), null) : null,
  }
  const policy = checkPolicy(draft, problems)
  if (destination !== null && !place.safeParse(destination).success)
    problems.push({ field: 'destination', message: 'The destination must be a place such as channel:slack:C024.' })
  const definition = read(
    'instruction',
    () => runnable(instructions(), instruction, originOf({ maker, destination })),
    null,
  )
  if (definition) problems.push(...inputProblems(definition, inputs))
  if ([when, cron, at].filter(Boolean).length !== 1)
    problems.push({ field: 'cron', message: 'Say when: either `cron` or `at`, and not both.' })
  if (problems.length === 0 && nextRun(timing, now) === null)
    problems.push({ field: 'endAt', message: 'It would end before its first run.' })
  if (problems.length > 0) throw new UserError(problems.map(({ message }) => message).join('\n'), { problems })
  return { ...timing, instruction, inputs, destination, policy }
}

function checkPolicy(draft: ScheduleDraft, problems: Problem[]): Policy {
  const given = Object.fromEntries(
    Object.keys(DEFAULT_POLICY).flatMap(key => {
      const value = draft[key as keyof Policy]
      return value === undefined ? [] : [[key, value]]
    }),
  )
  const checked = policySchema.safeParse({ ...DEFAULT_POLICY, ...given })
  if (checked.success) return checked.data
  for (const { path, message } of checked.error.issues)
    problems.push({ field: path.join('.'), message: `\`${path.join('.')}\`: ${message}.` })
  return DEFAULT_POLICY
}

/** Files would have to be kept until the schedule ends, and be new each time: a schedule takes none. */
function inputProblems({ inputs: definitions }: Instruction, given: ScheduleDraft['inputs']): Problem[] {
  const files = definitions.filter(({ type }) => type === 'file').map(({ name }) => name)
  const named = definitions.filter(({ name, type, required }) => type === 'file' && (required || given[name]))
  const checked = checkInputs(definitions, given)
  const wrong = checked.ok ? [] : checked.problems.filter(({ field }) => !files.includes(field))
  return [
    ...wrong.map(({ field, message }) => ({ field: `inputs.${field}`, message })),
    ...named.map(({ name }) => ({ field: `inputs.${name}`, message: noFile(name) })),
  ]
}

/** That a schedule takes no file for this input, and what to do. */
export const noFile = (input: string): string =>
  `\`${input}\` is a file, and a schedule takes none: leave it out, or schedule an instruction that needs no file.`
