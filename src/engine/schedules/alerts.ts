import type { Db } from '../../db/connect.ts'
import { owe } from '../../db/delivery.ts'
import type { Schedule } from './schedule.ts'

/** The part of a delivery by which the chat knows what it is to say for a schedule. */
export const ALERT = 'alert'

/** What a post for a schedule is about. */
export type Alert = 'failed' | 'recovered' | 'paused'

/**
 * Leaves a post about a schedule to the chat of its own channel, or of its jobs', in the transaction of what it tells
 * of. Nothing is left where no chat is told of its jobs either.
 */
export async function oweAlert(
  trx: Db,
  { id, destination, policy }: Pick<Schedule, 'id' | 'destination' | 'policy'>,
  { alert, text, at }: { alert: Alert; text: string; at: string },
): Promise<void> {
  const place = policy.alertTo ?? destination
  if (place === null) return
  const key = `schedule-${id}/${alert}-${at}`
  const body = { step: 'note', text }
  await owe(trx, { key, target: { place, thread: null }, order: 1, step: ALERT, body, at })
}

/** A schedule as a post names it. */
const named = ({ id, instruction }: Pick<Schedule, 'id' | 'instruction'>): string =>
  `\`${instruction}\` (schedule ${id})`

/** Says that it fails, how often in a row, why, and what can be done. */
export const failedWords = (schedule: Schedule, failures: number, why: string | null): string =>
  `${named(schedule)} failed${failures > 1 ? ` ${failures} times in a row` : ''}${why ? `: ${why}` : '.'}\n` +
  `\`errand schedule run ${schedule.id}\` tries again, \`errand schedule pause ${schedule.id}\` stops it.`

/** Says that it works again. */
export const recoveredWords = (schedule: Schedule): string => `${named(schedule)} works again.`

/** Says that it paused by itself, why, and what can be done. */
export const pausedWords = (schedule: Schedule, why: string): string =>
  `I paused ${named(schedule)}: ${why} \`errand schedule resume ${schedule.id}\` goes on once that is different.`
