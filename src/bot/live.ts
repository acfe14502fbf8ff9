import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Delivered } from './delivery.ts'
import { pause } from './pause.ts'
import type { Message, Platform } from './platform.ts'

/** A post that is kept up to date. */
export type LivePost = {
  /**
   * Shows this as soon as the platform's pace allows; a newer message before then takes its place. Silent when
   * nothing changed. Where there is no pace to keep, resolves once it is shown, so that no message is passed over.
   */
  say(message: Message): Promise<void>
  /** Shows this as the last message, at once; resolves once it is shown or given up, or at the stop. */
  settle(message: Message): Promise<void>
}

const MAX_FAILURES = 4
const RETRY_MS = 1000

type LiveDeps = { platform: Platform; clock: Clock; log: Log; signal: AbortSignal }

/** Keeps a post up to date by edits. */
export function livePost({ ref, shown }: Delivered, { platform, clock, log, signal }: LiveDeps): LivePost {
  const gapMs = 60_000 / platform.limits.editsPerMinute
  let wanted = shown
  const edited = stopwatch(clock)
  let failures = 0
  let showing: Promise<void> | null = null
  const last = new AbortController()
  const stopOrLast = AbortSignal.any([signal, last.signal])

  const show = async (message: Message) => {
    try {
      await platform.edit(ref, message)
      failures = 0
      shown = message
    } catch (error) {
      failures += 1
      log.warn({ err: error, post: ref, failures }, 'a post could not be edited')
      if (failures < MAX_FAILURES) return
      failures = 0
      shown = message // given up: only something new is tried again
    } finally {
      edited.now()
    }
  }
  const showAll = async () => {
    while (wanted !== null && !isSame(wanted, shown) && !signal.aborted) {
      const ms = edited.untilPast(gapAfter(failures, last.signal.aborted ? 0 : gapMs))
      if (ms === 0) await show(wanted)
      else await pause(clock, ms, last.signal.aborted ? signal : stopOrLast) // and look again: it may be said by now
    }
    showing = null // in the same turn as the last look at `wanted`, so that nothing said is forgotten
  }
  const start = async (message: Message) => {
    wanted = message
    if (showing === null && !isSame(message, shown)) showing = showAll()
    await showing
  }
  return {
    say: async message => {
      const done = start(message)
      if (gapMs === 0) await done
    },
    settle: message => {
      last.abort() // it waits for no pace: one edit more does no harm, and people wait for the end
      return start(message)
    },
  }
}

/** When something was done last. */
function stopwatch(clock: Clock) {
  let at = Number.NEGATIVE_INFINITY
  return {
    now: () => {
      at = clock.now().getTime()
    },
    /** Milliseconds until that is `gap` ago. */
    untilPast: (gap: number) => {
      const now = clock.now().getTime()
      at = Math.min(at, now) // a clock that is set back must not silence a thread
      return Math.max(0, at + gap - now)
    },
  }
}

const gapAfter = (failures: number, gapMs: number) => (failures > 0 ? Math.max(gapMs, RETRY_MS * 2 ** failures) : gapMs)

const isSame = (a: Message, b: Message | null) => JSON.stringify(a) === JSON.stringify(b)
