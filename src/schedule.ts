/** What becomes of runs that were due while no server ran: none is made, only the last one, or each. */
export const MISSED = ['skip', 'once', 'all'] as const

/** What a run does that finds an earlier one still going: it is left out, waits, ends the earlier one, or joins it. */
export const OVERLAP = ['skip', 'queue', 'replace', 'allow'] as const

/** How a schedule behaves when not everything goes as planned. */
export type Policy = {
  missed: (typeof MISSED)[number]
  overlap: (typeof OVERLAP)[number]
  /** A run that could begin only later than this is not made. */
  maxLatenessMinutes: number
  /** Each run begins up to so many seconds later, so that many schedules of one time do not begin at once. */
  jitterSeconds: number
  /** After so many failures in a row somebody is told. */
  alertAfter: number
  /** The place that is told, as a key; null: where the jobs are. */
  alertTo: string | null
}

/** The policy of a schedule that says nothing. */
export const DEFAULT_POLICY: Policy = {
  missed: 'once',
  overlap: 'skip',
  maxLatenessMinutes: 12 * 60,
  jitterSeconds: 0,
  alertAfter: 1,
  alertTo: null,
}

/**
 * What became of one due time. `due`: its job is to be made; `waiting`: for an earlier run to end; `made`: its job is
 * there. The others stand for good: how the job ended, `missed` (too late), `skipped` (an earlier run was still going).
 */
export const TICK_STATES = ['due', 'waiting', 'made', 'succeeded', 'failed', 'cancelled', 'missed', 'skipped'] as const
export type TickState = (typeof TICK_STATES)[number]
/** The states that stand for good. */
export type TickEnd = Exclude<TickState, 'due' | 'waiting' | 'made'>
