import type { Db } from '../../db/connect.ts'
import { dropPause, listPauses, type Pause, type PauseKind, setPause } from '../../db/pause.ts'
import { timeWords } from '../time-words.ts'

const MINUTE_MS = 60_000
/** The first wait where nobody says how long, and the longest; each one is twice the one before. */
const WAITS: Record<PauseKind, { first: number; longest: number }> = {
  usage: { first: 5 * MINUTE_MS, longest: 60 * MINUTE_MS },
  auth: { first: 15 * MINUTE_MS, longest: 60 * MINUTE_MS },
  overload: { first: 0.5 * MINUTE_MS, longest: 10 * MINUTE_MS },
}
/** By what part a wait may be longer: servers that were stopped together do not come back together. */
const JITTER = 0.2
/** For how long after an overload fewer jobs run. */
const LOWERED_MS = 5 * MINUTE_MS
/** A refusal this long after a pause is none of the same trouble: jobs have run since. */
const AGAIN_MS = 60 * MINUTE_MS
/** A window that is said to last longer is taken for a mistake, and tried earlier. */
const LONGEST_WINDOW_MS = 8 * 24 * 60 * MINUTE_MS

/**
 * Begins a pause, or puts it off, after a call that the account or the API refused. `reset` is when it is over, as far
 * as the API said so. One that did not hold is not trusted again: the next wait is longer, and one job tries first.
 * Gives the pause, and whether it is new. Call it in a transaction.
 */
export async function beginPause(
  trx: Db,
  kind: PauseKind,
  reset: Date | null,
  { now, random }: { now: Date; random: () => number },
): Promise<{ pause: Pause; isNew: boolean }> {
  const before = (await listPauses(trx)).find(pause => pause.kind === kind)
  const ahead = reset === null ? 0 : reset.getTime() - now.getTime()
  const saysWhen = ahead > 0 && ahead < LONGEST_WINDOW_MS
  // Jobs that ran at the same time are refused one after the other: that is one refusal.
  const isSame = before !== undefined && before.until > now
  if (isSame && (!saysWhen || before.tries > 1)) return { pause: before, isNew: false }
  const isAgain = before !== undefined && now.getTime() - before.until.getTime() < AGAIN_MS
  const tries = isAgain && !isSame ? before.tries + 1 : 1
  const isKnown = saysWhen && tries === 1
  const { first, longest } = WAITS[kind]
  // A short reset is the account's own pace: it is waited for no longer than where nobody says anything.
  const [shortest, most] = saysWhen ? [ahead, first] : [first, longest]
  const wait = Math.min(most, shortest * 2 ** (tries - 1)) * (1 + JITTER * random())
  const until = new Date(now.getTime() + (isKnown ? ahead : Math.max(wait, saysWhen ? ahead : 0)))
  const pause = { kind, since: before?.since ?? now, until, isKnown, tries }
  await setPause(trx, pause)
  return { pause, isNew: !before }
}

/**
 * Ends the trial of a pause: the API has answered a call, and the other jobs need not wait for the end of the one that
 * made it. Until a run has gone well the pause is kept, so that its waits grow on where they are refused all the same.
 */
export async function endTrial(trx: Db, now: Date): Promise<void> {
  for (const pause of await listPauses(trx)) if (isTried(pause, now)) await setPause(trx, { ...pause, isKnown: true })
}

/** Forgets what is over: a run has gone well. An overload is not before its slots are all in use again. */
export async function endPast(trx: Db, now: Date): Promise<void> {
  for (const { kind, until } of await listPauses(trx))
    if (until.getTime() + (kind === 'overload' ? LOWERED_MS : 0) <= now.getTime()) await dropPause(trx, kind)
}

/** How many jobs may be claimed with these pauses, of so many; `open` is how many run. */
export function claimable(pauses: readonly Pause[], count: number, open: number, now: Date): number {
  if (pauses.some(({ until }) => until > now)) return 0
  return triedNow(pauses, now) ? Math.min(count, 1 - open) : count
}

/** The pause of which nobody knows whether it is over: one job finds out, and the others follow. Null without one. */
export const triedNow = (pauses: readonly Pause[], now: Date): Pause | null =>
  pauses.find(pause => isTried(pause, now)) ?? null

const isTried = ({ kind, until, isKnown }: Pause, now: Date): boolean => kind !== 'overload' && !isKnown && until <= now

/** How many slots there are while and after the API was overloaded. */
export function slotsAfter(pauses: readonly Pause[], slots: number, now: Date): number {
  const overload = pauses.find(({ kind }) => kind === 'overload')
  const isOver = !overload || now.getTime() - overload.until.getTime() > LOWERED_MS
  return isOver ? slots : Math.max(1, Math.floor(slots / 2))
}

/** The pause that lasts longest; null where jobs may start. */
export const pauseNow = (pauses: readonly Pause[], now: Date): Pause | null =>
  pauses.filter(({ until }) => until > now).sort((a, b) => b.until.getTime() - a.until.getTime())[0] ?? null

/** Why nothing starts, and until when, or when it is tried again, or that it is just now. */
export function pauseWords({ kind, until, isKnown }: Pause, now: Date, zone: string): string {
  const at = timeWords(until, now, zone)
  const what = WORDS[kind]
  if (!isKnown && until <= now) return `${what}; one job is trying whether that is over`
  return isKnown ? `${what} until ${at}` : `${what}; trying again at ${at}`
}

const WORDS: Record<PauseKind, string> = {
  usage: "Claude's usage limit is reached",
  auth: 'this server has no Claude account that works, which an admin must correct',
  overload: 'Claude is overloaded',
}
