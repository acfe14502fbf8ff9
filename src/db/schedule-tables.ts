import type { Generated } from 'kysely'
import type { TickState } from '../schedule.ts'

/** JSON as text. */
type Json = string
/** ISO 8601 UTC, as `Date.toISOString()` writes it. */
type Time = string

/**
 * What submits jobs by itself. `destination` is a place's key, `maker` a person; `next_due` is null while it is paused
 * and once it is over. `alerted`: somebody was told that it fails.
 */
export type ScheduleTable = {
  id: string
  instruction: string
  inputs: Json
  cron: string | null
  at: Time | null
  timezone: string
  end_at: Time | null
  destination: string | null
  policy: Json
  enabled: number
  paused_because: string | null
  next_due: Time | null
  failures: Generated<number>
  alerted: Generated<number>
  maker: Json
  created_by: string
  created_at: Time
}

/**
 * One due time of a schedule; inserted before anything runs, so that a tick makes one job. Its job is made at
 * `start_at`; `settled_at` is null while something is still to be done about it.
 */
export type TickTable = {
  schedule: string
  due: Time
  state: TickState
  start_at: Time
  manual: number
  job: string | null
  note: string | null
  settled_at: Time | null
}
