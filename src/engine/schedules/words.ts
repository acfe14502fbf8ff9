import { count } from '../../words.ts'
import { momentIn } from '../../zone.ts'
import { subject } from '../card-words.ts'
import type { ScheduleView } from './view.ts'

/** What of a schedule is worded. */
export type Worded = Pick<
  ScheduleView,
  | 'id'
  | 'instruction'
  | 'title'
  | 'cron'
  | 'timezone'
  | 'enabled'
  | 'pausedBecause'
  | 'nextRuns'
  | 'lastRunAt'
  | 'failuresInARow'
>

/** How a schedule stands: on, paused, or over. */
export const stateOf = ({ enabled, nextRuns }: Pick<Worded, 'enabled' | 'nextRuns'>): 'on' | 'paused' | 'over' =>
  enabled ? (nextRuns.length > 0 ? 'on' : 'over') : 'paused'

/** A moment as people of the schedule's zone write it. */
export const momentWords = (at: string, timezone: string): string => momentIn(new Date(at), timezone)

/** When it runs: its expression and zone; of one that runs once the zone. */
export const timingWords = ({ cron, timezone }: Pick<Worded, 'cron' | 'timezone'>): string =>
  `${cron === null ? 'once' : `\`${cron}\``} ${timezone}`

/** The mark of a schedule: a shape and a word. */
export const scheduleMark = (schedule: Worded): string => {
  const state = stateOf(schedule)
  return state === 'on' && schedule.failuresInARow > 0 ? '✗ failing' : MARKS[state]
}

const MARKS = { on: '▷ on', paused: '‖ paused', over: '■ over' }

/** What is to be known of a schedule besides its mark. */
export function standWords(schedule: Worded): string {
  const { pausedBecause, nextRuns, lastRunAt, timezone, failuresInARow } = schedule
  const [next] = nextRuns
  const last = lastRunAt === null ? 'it never ran' : `ran last ${momentWords(lastRunAt, timezone)}`
  const stand = {
    on: () => `next ${momentWords(next ?? '', timezone)}`,
    paused: () => pausedBecause ?? 'paused',
    over: () => last,
  }[stateOf(schedule)]()
  return failuresInARow > 0 ? `${stand} · failed ${count(failuresInARow, 'time')} in a row` : stand
}

/** A schedule on one line. */
export const scheduleLine = (schedule: Worded): string =>
  `${schedule.id} ${scheduleMark(schedule).split(' ', 1)[0]} ${subject(schedule)} — ${timingWords(schedule)}: ${standWords(schedule)}`

/** When a draft would run, before it is saved; `about` begins the sentence, as in "It would run". */
export const dryRunText = (
  about: string,
  { cron, timezone, nextRuns }: Pick<Worded, 'cron' | 'timezone' | 'nextRuns'>,
): string =>
  [
    `${about} ${timingWords({ cron, timezone })}:`,
    ...nextRuns.map(at => `  ${momentWords(at, timezone)}`),
    'Nothing is saved yet.',
  ].join('\n')

/** What is left of a schedule that was removed. */
export const removedText = (schedule: Pick<Worded, 'id' | 'instruction' | 'title'>): string =>
  `Schedule ${schedule.id} (${subject(schedule)}) is removed; the jobs that it made stay.`
