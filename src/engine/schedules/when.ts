import { Cron } from 'croner'
import { validate } from 'node-cron'
import { z } from 'zod'
import { UserError } from '../../errors.ts'
import { count, oneLine } from '../../words.ts'
import { isZone } from '../../zone.ts'
import type { Timing } from './timing.ts'

const FORMS = 'Write five fields such as `0 9 * * 1-5`, a word such as `@daily`, `in 20m`, or `at 2026-12-01T09:00`.'

const MINUTES: Record<string, number> = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 }
const MAX_AHEAD_DAYS = 366 * 5

const dateTime = z.iso.datetime({ local: true, offset: true })

/**
 * Reads when something is to run: `0 9 * * 1-5`, `@daily`, `in 20m`, `at 2026-12-01T09:00` (in `timezone` unless the
 * time says another one). Throws a UserError that says what is wrong and what fits.
 */
export function readWhen(text: string, timezone: string, now: Date): Pick<Timing, 'cron' | 'at'> {
  const asked = text.trim().replaceAll(/\s+/g, ' ')
  const [, amount, unit] = /^in (\d{1,7}) ?([mhdw])[a-z]*$/i.exec(asked) ?? []
  if (amount !== undefined && unit !== undefined) {
    const minutes = Number(amount) * (MINUTES[unit.toLowerCase()] ?? 1)
    return { cron: null, at: ahead(new Date(now.getTime() + minutes * 60_000), asked, now).toISOString() }
  }
  const moment = /^at (.+)$/i.exec(asked)?.[1]
  if (moment !== undefined) return { cron: null, at: readMoment(moment, timezone, now).toISOString() }
  return { cron: readCron(asked), at: null }
}

/** Reads a moment: `2026-12-01T09:00` in the zone, or with `Z` or an offset of its own. It must lie ahead. */
export function readMoment(text: string, timezone: string, now: Date): Date {
  const spelt = text
    .trim()
    .replace(/^(\S+) (\S+)$/, '$1T$2')
    .toUpperCase()
  const given = spelt.replace(/(T\d\d:\d\d)(?=$|Z|[+-])/, '$1:00')
  if (!dateTime.safeParse(given).success)
    throw new UserError(`\`${oneLine(text, 60)}\` is no time that I can read. Write it as \`2026-12-01T09:00\`.`)
  const isLocal = !/(Z|[+-]\d\d:\d\d)$/.test(given)
  const at = isLocal ? new Cron(given.replace(/\.\d+$/, ''), { timezone }).nextRun(new Date(0)) : new Date(given)
  return ahead(at ?? new Date(Number.NaN), text, now)
}

/** A cron expression in its own spelling; throws a UserError for one that never comes or has not five fields. */
export function readCron(text: string): string {
  const problem = cronProblem(text)
  if (problem === null) return text
  throw new UserError(`\`${oneLine(text, 60)}\` is no time that a schedule can have: ${problem}. ${FORMS}`)
}

function cronProblem(text: string): string | null {
  if (comes(text)) return null
  if (text.startsWith('@')) return 'there is no such word'
  const values = text.split(/\s+/).filter(Boolean)
  if (values.length !== FIELDS.length) return `it has ${count(values.length, 'field')}, not ${FIELDS.length}`
  const unfit = values.flatMap((value, i) => {
    const alone = FIELDS.map((_, j) => (i === j ? value : '*')).join(' ')
    return comes(alone) ? [] : [`\`${value}\` does not fit the ${FIELDS[i]}`]
  })
  return unfit.join(', ') || 'it never comes'
}

const FIELDS = [
  ...['minute (0 to 59)', 'hour (0 to 23)', 'day of the month (1 to 31)'],
  ...['month (1 to 12, or JAN to DEC)', 'day of the week (0 to 7, or SUN to SAT)'],
]

/** What one of the two would read and the other not is not taken. */
function comes(cron: string): boolean {
  try {
    return validate(cron) && new Cron(cron, { mode: '5-part', timezone: 'UTC' }).nextRun() !== null
  } catch {
    return false // what cannot be read never comes
  }
}

/** A zone by its name (`Europe/Berlin`). Throws a UserError for one that there is not. */
export function readZone(text: string): string {
  const zone = text.trim()
  if (isZone(zone)) return zone
  throw new UserError(`\`${oneLine(text, 40)}\` is no time zone. Write one such as \`Europe/Berlin\` or \`UTC\`.`)
}

function ahead(at: Date, text: string, now: Date): Date {
  const asked = oneLine(text, 60)
  if (!(at > now)) throw new UserError(`\`${asked}\` is over already. Give a time that is still to come.`)
  if (at.getTime() - now.getTime() > MAX_AHEAD_DAYS * 86_400_000)
    throw new UserError(`\`${asked}\` is too far away. Give a time within the next five years.`)
  return at
}
