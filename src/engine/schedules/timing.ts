import { Cron } from 'croner'
import { offsetIn } from '../../zone.ts'

/** When a schedule is due: by `cron` again and again until `endAt`, or once `at` that instant. Instants are ISO 8601 UTC. */
export type Timing = {
  /** Five fields, or a word such as `@daily`; null where `at` says when. */
  cron: string | null
  at: string | null
  /** The zone of the cron expression, and in which people read the times. */
  timezone: string
  /** The last moment at which it may be due. */
  endAt: string | null
}

/** Steps over what croner gives from inside an hour that exists twice: the first of the two, which lies behind. */
const STEP_MS = 15 * 60_000

/**
 * When it is due next after a moment; null when it is not any more. A time of day that does not exist on a day is due
 * by as much later as the clock was put forward, one that exists twice is due once, unless it is due in any hour.
 */
export function nextRun({ cron, at, timezone, endAt }: Timing, after: Date): Date | null {
  const next = cron === null ? new Date(at ?? Number.NaN) : nextByCron(cron, timezone, after)
  if (next === null || !(next > after)) return null
  return endAt !== null && next > new Date(endAt) ? null : next
}

function nextByCron(pattern: string, timezone: string, after: Date): Date | null {
  const next = nextOnWall(pattern, timezone, after)
  return next === null || !IN_ANY_HOUR.test(pattern.trim()) ? next : nextByElapsed(pattern, timezone, { after, next })
}

/** Expressions whose hours begin with a star: they mean how often, where others mean a time of day. */
const IN_ANY_HOUR = /^(@hourly$|\S+\s+\*)/i

function nextOnWall(pattern: string, timezone: string, after: Date): Date | null {
  const cron = new Cron(pattern, { timezone, mode: '5-part' })
  for (let from = after; ; from = new Date(from.getTime() + STEP_MS)) {
    const next = cron.nextRun(from)
    if (next === null || next > after) return next
  }
}

/** Goes on through the second of two equal hours, as cron does: `next` is the time after it. */
function nextByElapsed(pattern: string, timezone: string, { after, next }: { after: Date; next: Date }): Date {
  const utcOffset = offsetIn(next, timezone)
  const cron = new Cron(pattern, { utcOffset, mode: '5-part' })
  for (let at = cron.nextRun(after); at !== null && at < next; at = cron.nextRun(at))
    if (offsetIn(at, timezone) === utcOffset) return at
  return next
}

/** The next runs after a moment, at most `count`; fewer where it ends before. */
export function nextRuns(timing: Timing, after: Date, count: number): Date[] {
  const runs: Date[] = []
  for (let from = after; runs.length < count; ) {
    const next = nextRun(timing, from)
    if (next === null) break
    runs.push(next)
    from = next
  }
  return runs
}
