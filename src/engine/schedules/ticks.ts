import { createHash } from 'node:crypto'
import type { TickRow } from '../../db/tick.ts'
import type { Policy } from '../../schedule.ts'
import type { Schedule } from './schedule.ts'
import { nextRun, type Timing } from './timing.ts'

/** A run that begins within this time is on time: a server that restarts needs no policy. */
const ON_TIME_MS = 60_000

/** How many due times of one schedule are decided at once; what is left is due still. */
const MAX_AT_ONCE = 500

/** What is decided about the due times of a schedule up to now, and when it is due after them. */
export type Decided = { ticks: TickRow[]; nextDue: string | null }

/** Decides about every due time from `nextDue` to now: which are to run, and which were missed. */
export function decide(
  schedule: Pick<Schedule, 'id' | 'nextDue' | 'policy'> & Timing,
  now: Date,
  next: (timing: Timing, after: Date) => Date | null = nextRun,
): Decided {
  const ticks: TickRow[] = []
  let due = schedule.nextDue === null ? null : new Date(schedule.nextDue)
  while (due !== null && due <= now && ticks.length < MAX_AT_ONCE) {
    const following = next(schedule, due)
    const isLast = following === null || following > now
    ticks.push(tickOf(schedule, due, { now, missed: isMissed(schedule.policy, due, isLast, now) }))
    due = following
  }
  return { ticks, nextDue: due?.toISOString() ?? null }
}

function isMissed({ missed, maxLatenessMinutes }: Policy, due: Date, isLast: boolean, now: Date): boolean {
  const late = now.getTime() - due.getTime()
  if (late <= ON_TIME_MS) return false
  return missed === 'skip' || (missed === 'once' && !isLast) || late > maxLatenessMinutes * 60_000
}

function tickOf(
  { id, policy }: Pick<Schedule, 'id' | 'policy'>,
  due: Date,
  { now, missed }: { now: Date; missed: boolean },
): TickRow {
  const at = due.toISOString()
  return {
    schedule: id,
    due: at,
    state: missed ? 'missed' : 'due',
    start_at: new Date(due.getTime() + jitterMs(id, at, policy.jitterSeconds)).toISOString(),
    manual: 0,
    job: null,
    note: missed ? 'no server ran at that time' : null,
    settled_at: missed ? now.toISOString() : null,
  }
}

/** The same tick is put off by the same time, whoever asks. */
function jitterMs(schedule: string, due: string, seconds: number): number {
  if (seconds === 0) return 0
  return createHash('sha256').update(`${schedule} ${due}`).digest().readUInt32BE() % (seconds * 1000)
}

/**
 * True when it is too late to begin a tick's run: what waited for an earlier run, or for a place in the queue, may be
 * as late as the policy says, what only was not there in time is missed where such runs are.
 */
export function isTooLate({ due }: Pick<TickRow, 'due'>, policy: Policy, now: Date): boolean {
  const { missed, overlap, maxLatenessMinutes, jitterSeconds } = policy
  const allowed = missed === 'skip' && overlap !== 'queue' ? 0 : maxLatenessMinutes * 60_000
  return now.getTime() - Date.parse(due) > Math.max(allowed, ON_TIME_MS) + jitterSeconds * 1000
}
