import type { LedgerMetric, PeriodLength } from '../../db/ledger.ts'
import type { LimitRow } from '../../db/limit.ts'
import { UserError } from '../../errors.ts'
import { money, size } from '../../words.ts'

/** Every limit there is, as the API names them. */
export const LIMIT_NAMES = [
  'concurrent',
  'queued',
  'perHour',
  'perDay',
  'minutes',
  'stallMinutes',
  'outputBytes',
  'outputFiles',
  'logBytes',
  'costPerJob',
  'costPerDay',
  'costPerMonth',
  'tokensPerDay',
] as const
export type LimitName = (typeof LIMIT_NAMES)[number]

/** The limits of the whole server where nobody has set any; null: none. */
export type Defaults = Readonly<Record<LimitName, number | null>>

type Unit = 'jobs' | 'minutes' | 'bytes' | 'files' | 'dollars' | 'tokens'

/**
 * What a limit is of and what fits it. `about` says it in a few words; with `counts` it is a sum of the ledger that
 * begins anew with each period.
 */
type Rule = {
  unit: Unit
  min: number
  max: number
  about: string
  counts?: { metric: LedgerMetric; period: PeriodLength }
}

const WEEK = 7 * 24 * 60
const MOST_BYTES = 1e12

export const LIMITS: Readonly<Record<LimitName, Rule>> = {
  concurrent: { unit: 'jobs', min: 0, max: 1000, about: 'jobs at once' },
  queued: { unit: 'jobs', min: 0, max: 1_000_000, about: 'jobs in the queue; more are refused' },
  perHour: { unit: 'jobs', min: 0, max: 1_000_000, about: 'jobs an hour', counts: { metric: 'jobs', period: 'hour' } },
  perDay: { unit: 'jobs', min: 0, max: 1_000_000, about: 'jobs a day', counts: { metric: 'jobs', period: 'day' } },
  minutes: { unit: 'minutes', min: 0.01, max: WEEK, about: 'minutes that a job may run' },
  stallMinutes: { unit: 'minutes', min: 0.01, max: WEEK, about: 'minutes without a sign of life' },
  outputBytes: { unit: 'bytes', min: 0, max: MOST_BYTES, about: 'size of the files of a job' },
  outputFiles: { unit: 'files', min: 0, max: 100_000, about: 'files that a job gives back' },
  logBytes: { unit: 'bytes', min: 1000, max: MOST_BYTES, about: 'size of the log of a job' },
  costPerJob: { unit: 'dollars', min: 0, max: 1e6, about: 'cost a job' },
  costPerDay: { unit: 'dollars', min: 0, max: 1e6, about: 'cost a day', counts: { metric: 'costUsd', period: 'day' } },
  costPerMonth: {
    ...{ unit: 'dollars', min: 0, max: 1e6, about: 'cost a month' },
    counts: { metric: 'costUsd', period: 'month' },
  },
  tokensPerDay: {
    unit: 'tokens',
    min: 0,
    max: 1e12,
    about: 'tokens a day',
    counts: { metric: 'tokens', period: 'day' },
  },
}

const FRACTIONS: readonly Unit[] = ['minutes', 'dollars']

/** What fits a limit, in words. */
export function fitsWords(name: LimitName): string {
  const { unit, min, max } = LIMITS[name]
  const number = FRACTIONS.includes(unit) ? 'a number' : 'a whole number'
  return `${number} from ${min} to ${max.toLocaleString('en')} (${unit})`
}

/** True when the value fits the limit. */
export function fitsLimit(name: LimitName, value: number): boolean {
  const { unit, min, max } = LIMITS[name]
  return value >= min && value <= max && (FRACTIONS.includes(unit) || Number.isInteger(value))
}

/** A comma stands before thousands only: where people write `2,50`, it would make a hundred times as much of it. */
const NUMBER = /^-?\$?(\d+|\d{1,3}([,_ ]\d{3})+|(?=\.))(\.\d+)?$/

/** An amount as people write it; throws a UserError for what is none. */
export function readAmount(text: string): number {
  if (NUMBER.test(text)) return Number(text.replaceAll(/[,$_ ]/g, ''))
  throw new UserError(`I cannot read “${text}” as a number. Write it like 1,000 or 2.50.`)
}

/** An amount of a limit, as people read it: `$20.00`, `200.0 MB`, `4`. */
export function amountWords(name: LimitName, amount: number): string {
  const { unit } = LIMITS[name]
  if (unit === 'dollars') return money(amount)
  return unit === 'bytes' ? size(amount) : Number(amount.toFixed(2)).toLocaleString('en')
}

/** A limit, as people read it: `$20.00 a day`, `1 job at once`, `2.0 GB for the log of a job`. */
export function limitWords(name: LimitName, value: number): string {
  const { unit, about } = LIMITS[name]
  const what = unit === 'dollars' ? about.replace('cost ', '') : about.replace(/^size of/, 'for')
  return `${amountWords(name, value)} ${value === 1 ? what.replace(/^(\w+)s\b/, '$1') : what}`
}

/** The scopes whose limits hold for a job. */
export const scopesOf = (job: { actor: string; place: string; instruction: string }): string[] => [
  'global',
  job.actor,
  job.place,
  `instruction:${job.instruction}`,
]

/** All limits as they stand at one moment, and the zone by whose clocks their days and months go. */
export type Limits = { readonly rows: readonly (LimitRow & { name: LimitName })[]; readonly zone: string }

/** The limits that were set, over the server's own. A name that this program does not know is passed over. */
export function limitsFrom(rows: readonly LimitRow[], defaults: Defaults, zone: string): Limits {
  const isKnown = (row: LimitRow): row is LimitRow & { name: LimitName } =>
    (LIMIT_NAMES as readonly string[]).includes(row.name)
  const set = rows.filter(isKnown)
  const own = LIMIT_NAMES.filter(name => !set.some(row => row.scope === 'global' && row.name === name))
  const rest = own.map(name => ({ scope: 'global', name, value: defaults[name] ?? Number.POSITIVE_INFINITY }))
  return { rows: [...rest.filter(({ value }) => Number.isFinite(value)), ...set], zone }
}

/** The lowest of a limit in these scopes; null where none has it. */
export function lowest({ rows }: Pick<Limits, 'rows'>, scopes: readonly string[], name: LimitName): number | null {
  const values = rows.filter(row => row.name === name && scopes.includes(row.scope)).map(({ value }) => value)
  return values.length === 0 ? null : Math.min(...values)
}
