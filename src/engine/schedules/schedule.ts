import type { ScheduleRow } from '../../db/schedule.ts'
import type { Origin, Person } from '../../job.ts'
import type { Policy } from '../../schedule.ts'
import type { Timing } from './timing.ts'

/** A schedule: when it is due, what it runs, where and for whom. */
export type Schedule = Timing & {
  id: string
  instruction: string
  inputs: Readonly<Record<string, unknown>>
  /** The key of the place whose chat is told of the jobs; null: no chat is. */
  destination: string | null
  policy: Policy
  enabled: boolean
  /** Who paused it, or why it paused by itself. */
  pausedBecause: string | null
  /** Null while it is paused, and once it is over. */
  nextDue: string | null
  failuresInARow: number
  /** Somebody was told that it fails, and not yet that it works again. */
  alerted: boolean
  maker: Person
  createdAt: string
}

/** A schedule as it is stored. */
export function scheduleOf(row: ScheduleRow): Schedule {
  const { id, instruction, cron, at, timezone, destination } = row
  return {
    ...{ id, instruction, cron, at, timezone, destination },
    failuresInARow: row.failures,
    endAt: row.end_at,
    inputs: JSON.parse(row.inputs) as Schedule['inputs'],
    policy: JSON.parse(row.policy) as Policy,
    enabled: row.enabled === 1,
    pausedBecause: row.paused_because,
    nextDue: row.next_due,
    alerted: row.alerted === 1,
    maker: JSON.parse(row.maker) as Person,
    createdAt: row.created_at,
  }
}

/** Where its jobs belong. */
export const placeOf = ({ destination, maker }: Pick<Schedule, 'destination' | 'maker'>): string =>
  destination ?? maker.place

/** Who asks for its jobs, and where: its maker, through the schedule. */
export const originOf = (schedule: Pick<Schedule, 'destination' | 'maker'>): Origin => ({
  ...schedule.maker,
  platform: 'schedule',
  place: placeOf(schedule),
  ref: null,
})

/** Who acts where nobody does. */
export const ERRAND: Person = {
  platform: 'errand',
  actor: 'system:errand',
  actorName: 'Errand',
  place: 'system:errand',
}
