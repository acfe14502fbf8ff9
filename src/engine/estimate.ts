/** What jobs of an instruction take, in seconds: half of them at most `likely`, nine of ten at most `slow`. */
export type Durations = { likely: number; slow: number }

/** When something may begin, in seconds from now: if all takes as long as usual, and if all takes long. */
export type Estimate = { likely: number; slow: number }

/** The median and the 90th percentile of past durations; null without any. */
export function durationsOf(seconds: readonly number[]): Durations | null {
  const sorted = seconds.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  const [likely, slow] = [at(0.5), at(0.9)]
  return likely === undefined || slow === undefined ? null : { likely, slow }
}

type Work = { instruction: string }

/** How long what nobody knows lasts: it comes last in every order. */
const UNKNOWN = Number.POSITIVE_INFINITY

/**
 * When each queued job may start, in their order, if each takes what its instruction has taken and starts in the slot
 * that is free first. Nobody knows when one gets free whose instruction has no history, or that is used for longer than
 * nine of ten were: null where only such are left.
 */
export function estimateStarts(
  running: readonly (Work & { ranSeconds: number })[],
  queued: readonly Work[],
  durations: ReadonlyMap<string, Durations | null>,
  slots: number,
): (Estimate | null)[] {
  const known = ({ instruction }: Work): Durations => durations.get(instruction) ?? { likely: UNKNOWN, slow: UNKNOWN }
  const starts = (['likely', 'slow'] as const).map(of => {
    const free = running.map(job => {
      const isOverdue = job.ranSeconds > known(job).slow
      return isOverdue ? UNKNOWN : Math.max(0, known(job)[of] - job.ranSeconds)
    })
    while (free.length < slots) free.push(0)
    // More may run than there are slots, when their number was lowered: that many have to end first.
    free.sort((a, b) => a - b).splice(0, free.length - slots)
    return queued.map(job => {
      const [first = 0] = free.sort((a, b) => a - b).splice(0, 1)
      free.push(first + known(job)[of])
      return Math.round(first)
    })
  })
  return queued.map((_, i) => {
    const [likely = UNKNOWN, slow = UNKNOWN] = starts.map(all => all[i])
    return likely + slow === UNKNOWN ? null : { likely, slow }
  })
}
