import type { Db } from '../../db/connect.ts'
import { type PeriodLength, periodOf, spentByScope } from '../../db/ledger.ts'
import type { OpenJob } from '../../db/open-jobs.ts'
import type { Closed } from '../../db/queue.ts'
import { dayIn, startOfDay } from '../../zone.ts'
import { LIMITS, type LimitName, type Limits, scopesOf } from './names.ts'

/** A limit that fills up: what is used of it, what is promised to running jobs besides, and when it begins anew. */
export type Meter = {
  scope: string
  name: LimitName
  value: number
  used: number
  promised: number
  resetsAt: Date | null
}

type Job = { actor: string; place: string; instruction: string }

/** Every limit that fills up as it stands now; `open` are the jobs that run. */
export async function readMeters(
  db: Db,
  { rows, zone }: Limits,
  open: readonly OpenJob[],
  now: Date,
): Promise<Meter[]> {
  const counted = rows.filter(({ name }) => name === 'concurrent' || LIMITS[name].counts)
  const scopes = [...new Set(counted.filter(({ name }) => LIMITS[name].counts).map(({ scope }) => scope))]
  const spent = await spentByScope(db, scopes, { at: now, zone })
  return counted.map(({ scope, name, value }) => {
    const within = open.filter(job => scopesOf(job).includes(scope))
    const { counts } = LIMITS[name]
    if (!counts) return { scope, name, value, used: within.length, promised: 0, resetsAt: null }
    const { metric, period } = counts
    const promised = metric === 'costUsd' ? within.reduce((sum, job) => sum + promisedTo(job), 0) : 0
    const used = spent.get(`${scope} ${periodOf(now, period, zone)} ${metric}`) ?? 0
    return { scope, name, value, used, promised, resetsAt: nextPeriod(now, period, zone) }
  })
}

/** Dollars that are set aside for a running job and that it has not used yet. */
export const promisedTo = ({ reserved, costUsd }: Pick<OpenJob, 'reserved' | 'costUsd'>): number =>
  Math.max(0, (reserved ?? 0) - costUsd)

/** When a period ends that a moment is in. */
function nextPeriod(now: Date, period: PeriodLength, zone: string): Date {
  if (period === 'hour') return new Date((Math.floor(now.getTime() / HOUR_MS) + 1) * HOUR_MS)
  const [year = 0, month = 0, day = 0] = dayIn(now, zone).split('-').map(Number)
  const next = period === 'month' ? Date.UTC(year, month) : Date.UTC(year, month - 1, day + 1)
  return startOfDay(new Date(next).toISOString().slice(0, 10), zone)
}

const HOUR_MS = 60 * 60_000

/** What lets jobs start as long as no limit is full. */
export type Gate = {
  /** True while nothing may start at all. */
  isShut(): boolean
  /** The scopes of which nothing may start, and those of which nothing new may. */
  closed: Closed
  /** The limits that hold for a job, as they stand now. */
  of(job: Job): Meter[]
  /** Dollars that its budgets have left for a job; null where no budget holds. */
  room(job: Job): number | null
  /** A job starts: it counts from now on. True when that has filled a limit. */
  took(job: Job, what: { isNew: boolean; reserved: number | null }): boolean
}

/** True when nothing more fits. */
export const isFull = ({ used, promised, value }: Meter): boolean => used + promised >= value

/**
 * When a full limit lets jobs start again; null where that is not known: what is only promised is free when a job ends,
 * and a limit of none is an admin's word.
 */
export const opensAt = ({ used, value, resetsAt }: Meter): Date | null =>
  used < value || value === 0 ? null : resetsAt

/** False for the server's slots, which are free again when a job ends; none at all is an admin's word. */
export const isMoreThanBusy = ({ scope, name, value }: Meter): boolean =>
  scope !== 'global' || name !== 'concurrent' || value === 0

/** True for a limit of how many jobs start: one that has started was counted then, and goes on. */
const isOfStarts = ({ name }: Meter): boolean => LIMITS[name].counts?.metric === 'jobs'

/** The full meters that keep a job from starting; `attempt` is how often it has started. */
export const blocksOf = (meters: readonly Meter[], job: Job & { attempt: number }): Meter[] => {
  const scopes = scopesOf(job)
  return meters.filter(
    meter => scopes.includes(meter.scope) && isFull(meter) && !(job.attempt > 0 && isOfStarts(meter)),
  )
}

/** Opens the gate for the jobs of one claim; call it in the claim's transaction. */
export function openGate(given: readonly Meter[]): Gate {
  const meters = given.map(meter => ({ ...meter }))
  const none = (): Record<'actor' | 'place' | 'instruction', string[]> => ({ actor: [], place: [], instruction: [] })
  const closed = { ...none(), starts: { ...none(), all: false } }
  const close = (meter: Meter) => {
    if (!isFull(meter)) return
    const { scope } = meter
    const keys = isOfStarts(meter) ? closed.starts : closed
    if (isOfStarts(meter) && scope === 'global') closed.starts.all = true
    if (scope.startsWith('instruction:')) keys.instruction.push(scope.slice('instruction:'.length))
    else for (const kind of ['actor', 'place'] as const) keys[kind].push(scope) // no key is of both kinds
  }
  for (const meter of meters) close(meter)
  const within = (job: Job) => {
    const scopes = scopesOf(job)
    return meters.filter(({ scope }) => scopes.includes(scope))
  }
  return {
    closed,
    isShut: () => meters.some(meter => meter.scope === 'global' && isFull(meter) && !isOfStarts(meter)),
    of: within,
    room: job => roomIn(within(job)),
    took: (job, { isNew, reserved }) => {
      const open = within(job).filter(meter => !isFull(meter))
      for (const meter of open) {
        const metric = LIMITS[meter.name].counts?.metric
        if (metric === undefined) meter.used += 1
        if (metric === 'jobs' && isNew) meter.used += 1
        if (metric === 'costUsd') meter.promised += reserved ?? 0
        close(meter)
      }
      return open.some(isFull)
    },
  }
}

/** Dollars that the budgets among these have left; null without a budget. */
export function roomIn(meters: readonly Meter[]): number | null {
  const budgets = meters.filter(({ name }) => LIMITS[name].counts?.metric === 'costUsd')
  return budgets.length === 0
    ? null
    : Math.max(0, Math.min(...budgets.map(({ value, used, promised }) => value - used - promised)))
}
