import type { Pause } from '../db/pause.ts'
import type { Estimate } from './estimate.ts'
import { type Meter, opensAt } from './limits/gate.ts'
import { LIMITS, limitWords } from './limits/names.ts'
import { pauseWords } from './limits/pauses.ts'
import { timeWords } from './time-words.ts'

/** Why a queued job does not start yet, as it is known. */
export type Waiting = {
  /** Whose limits it waits for. */
  job: { actor: string; actor_name: string; place: string; instruction: string }
  position: number | null
  blocks: readonly Meter[]
  /** What keeps every job from starting. */
  pause: Pause | null
  estimate: Estimate | null
  slots: number
  /** How many of these have a job that waits for an answer. */
  asking: number
  /** These are fewer than usual, since the API was overloaded. */
  isLowered: boolean
  free: number
  /** A slot is free, and the memory for another job is not. */
  lacksMemory: boolean
  /** Times are told by its clocks. */
  zone: string
}

/** Why a queued job waits, and for how long about: the same words on its card, its page and in the API. */
export function waitingWords(waiting: Waiting, now: Date): string {
  const { position, blocks, pause, estimate, free, lacksMemory, job, zone } = waiting
  if (pause) return `${pauseWords(pause, now, zone)}; it goes on by itself`
  const [block] = blocks.toSorted((a, b) => endOf(b) - endOf(a) || 0)
  if (block) return blockWords(block, whoseWords(block, job), now, zone)
  if (free > 0 && lacksMemory) return 'it waits for free memory'
  if (position !== null && position <= free) return 'it starts at once'
  if (position === null)
    return `at least 100 jobs are before it${estimate === null ? '' : `, more than ${estimateWords(estimate)}`}`
  return `${busyWords(waiting)}${estimate === null ? '' : `, ${estimateWords(estimate)}`}`
}

/** By which limits are told before others: the one that lasts longest. */
const endOf = (block: Meter): number =>
  block.value === 0 ? Number.POSITIVE_INFINITY : (opensAt(block)?.getTime() ?? 0)

function busyWords({ slots, asking, isLowered }: Waiting): string {
  const all = slots === 1 ? 'the only slot is busy' : `all ${slots} slots are busy`
  // Else it would be said on a page on which nothing runs.
  const busy = asking === 0 ? all : `${all}, ${askingWords(slots, asking)}`
  return isLowered ? `${busy} (fewer than usual since Claude was overloaded)` : busy
}

function askingWords(slots: number, asking: number): string {
  if (slots > 1 && asking > 1) return `${Math.min(asking, slots)} with jobs that wait for an answer`
  return `${slots === 1 ? '' : '1 '}with a job that waits for an answer`
}

function whoseWords({ scope }: Meter, job: Waiting['job']): string {
  if (scope === 'global') return 'the'
  if (scope === job.actor) return `${job.actor_name}'s own` // others read it too
  return scope === job.place ? "this place's" : `\`${job.instruction}\`'s`
}

/** That a limit is full, whose it is ("the", "Ann's own"), and when it begins anew. */
export function blockWords(block: Meter, whose: string, now: Date, zone: string): string {
  const { name, value } = block
  const kind = LIMITS[name].unit === 'dollars' ? 'budget' : 'limit'
  const what = `${whose} ${kind} of ${limitWords(name, value)}`
  if (value === 0) return `${what} lets no job start`
  if (name === 'concurrent') return `${what} is reached`
  const end = opensAt(block)
  if (end === null) return `the rest of ${what} is set aside for jobs that run; it goes on by itself`
  return `${what} is used up until ${timeWords(end, now, zone)}; it goes on by itself`
}

/** `about 6 min`, coarse enough to hold for a while; with the longer one where that is much longer. */
function estimateWords({ likely, slow }: Estimate): string {
  const [about, longer] = [spanWords(likely), spanWords(slow)]
  return slow > 2 * likely && longer !== about ? `about ${about}, perhaps ${longer}` : `about ${about}`
}

function spanWords(seconds: number): string {
  const minutes = seconds / 60
  if (minutes < 1.5) return 'a minute'
  if (minutes < 10) return `${Math.round(minutes)} min`
  if (minutes < 57.5) return `${5 * Math.round(minutes / 5)} min`
  const hours = Math.round(minutes / 30) / 2
  return `${hours} h`
}
