import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { recentDurations } from '../db/durations.ts'
import { type OpenJob, openJobs } from '../db/open-jobs.ts'
import { listPauses, type Pause } from '../db/pause.ts'
import { type Durations, durationsOf, type Estimate, estimateStarts } from './estimate.ts'
import type { Instructions } from './instructions/instruction.ts'
import { blocksOf, isMoreThanBusy, type Meter, opensAt, readMeters } from './limits/gate.ts'
import { type Limits, lowest } from './limits/names.ts'
import { pauseNow, slotsAfter, triedNow } from './limits/pauses.ts'
import { placesOf } from './places.ts'
import type { Pool } from './pool.ts'

/** Places are exact up to this one; further back nobody counts them. */
const PLACES = 100
const FRESH_MS = 1000
/** How long what an instruction takes counts as known. */
const HISTORY_MS = 60_000
/** How many of its last jobs tell what an instruction takes. */
const HISTORY = 50

/** How a job of the queue stands. */
export type Standing = {
  /** From 1; null when it is further back than `PLACES`, or a limit is full that keeps it from starting. */
  position: number | null
  /** The full limits that keep it from starting. */
  blocks: readonly Meter[]
  /** What keeps every job from starting. */
  pause: Pause | null
  /** When it may start, in seconds; of one further back than `PLACES` the least. Null where nothing is known. */
  estimate: Estimate | null
  /** How many slots other servers use. */
  elsewhere: number
  /** How many of the jobs that have a slot wait for an answer. */
  asking: number
  /** There are fewer slots than usual, since the API was overloaded. */
  isLowered: boolean
}

type Job = { id: string; actor: string; place: string; instruction: string; attempt: number }

/** The queue as it was looked at last. */
export type QueueLook = {
  of(job: Job): Promise<Standing>
  /** The jobs that stand first, in their order, up to `PLACES`; none where nobody has a place. */
  first(): Promise<string[]>
  /** A job has left the queue: those behind it move up. */
  left(job: string): void
  /** What all of them wait for has changed: it is looked at anew, however short ago that was. */
  changed(): void
}

type LookDeps = {
  db: Db
  clock: Clock
  pool: Pick<Pool, 'size' | 'free'>
  limits(db: Db): Promise<Limits>
  instructions: () => Instructions
}

type Look = Pick<Standing, 'pause' | 'elsewhere' | 'asking' | 'isLowered'> & {
  order: { job: string; estimate: Estimate | null }[]
  meters: Meter[]
  /** One job is to find out whether it is over; `by` that one, null when it runs. */
  tried: { pause: Pause; by: string | null } | null
}

const NOBODY: Look = { order: [], meters: [], pause: null, tried: null, elsewhere: 0, asking: 0, isLowered: false }

/** Looks at the queue at most once a second, however many ask; a job that came since stands behind those that were there. */
export function createQueueLook(deps: LookDeps): QueueLook {
  let look: Promise<Look> = Promise.resolve(NOBODY)
  let lookedAt = Number.NEGATIVE_INFINITY
  const keep = (next: Promise<Look>) => {
    look = next
    // Who asked for a look hears that it failed; the next one asks anew.
    next.catch(() => {
      lookedAt = Number.NEGATIVE_INFINITY
    })
  }
  const history = createHistory(deps)
  const lookNow = (now: Date): Promise<Look> => {
    if (Math.abs(now.getTime() - lookedAt) >= FRESH_MS) {
      lookedAt = now.getTime()
      keep(lookAt(deps, history, now))
    }
    return look
  }
  return {
    first: async () => (await lookNow(deps.clock.now())).order.map(({ job }) => job),
    of: async job => {
      const now = deps.clock.now()
      const { order, meters, pause, tried, ...slots } = await lookNow(now)
      const none = { position: null, blocks: [], pause: null, estimate: null, ...slots }
      if (pause && pause.until > now) return { ...none, pause, estimate: until(pause.until, now) }
      const blocks = blocksOf(meters, job)
      if (blocks.length > 0) return { ...none, blocks, estimate: untilReset(blocks, now) }
      if (tried && tried.by !== job.id) return { ...none, pause: tried.pause }
      if (!order.some(other => other.job === job.id) && order.length < PLACES)
        order.push({ job: job.id, estimate: null })
      const at = order.findIndex(other => other.job === job.id)
      // Who is further back waits for longer than the last one that has a place.
      return { ...none, position: at === -1 ? null : at + 1, estimate: order.at(at)?.estimate ?? null }
    },
    changed: () => {
      lookedAt = Number.NEGATIVE_INFINITY
    },
    left: job => {
      keep(look.then(({ order, ...rest }) => ({ order: order.filter(other => other.job !== job), ...rest })))
    },
  }
}

type History = (instruction: string, now: Date) => Promise<Durations | null>

function createHistory({ db }: Pick<LookDeps, 'db'>): History {
  const known = new Map<string, { at: number; durations: Promise<Durations | null> }>()
  return (instruction, now) => {
    const last = known.get(instruction)
    if (last && Math.abs(now.getTime() - last.at) < HISTORY_MS) return last.durations
    const durations = recentDurations(db, instruction, HISTORY).then(durationsOf)
    known.set(instruction, { at: now.getTime(), durations })
    durations.catch(() => known.delete(instruction))
    return durations
  }
}

async function lookAt({ db, pool, ...deps }: LookDeps, history: History, now: Date): Promise<Look> {
  const open = await openJobs(db)
  const elsewhere = Math.max(0, open.length - (pool.size() - pool.free()))
  const pauses = await listPauses(db)
  const [pause, unknown] = [pauseNow(pauses, now), triedNow(pauses, now)]
  const limits = await deps.limits(db)
  const slots = lowest(limits, ['global'], 'concurrent') ?? 1
  // Slots that are all in use keep nobody from having a place.
  const meters = (await readMeters(db, limits, open, now)).filter(isMoreThanBusy)
  const instructions = deps.instructions()
  const { next, later } = await placesOf(db, { now, open, meters, limits, instructions }, PLACES)
  const named = new Set([...next, ...open].map(({ instruction }) => instruction))
  const durations = new Map<string, Durations | null>()
  for (const instruction of named) durations.set(instruction, await history(instruction, now))
  const starts = estimateStarts(
    open.map(job => begun(job, now)),
    next,
    durations,
    pool.size(),
  )
  const by = open.length > 0 ? null : (next[0]?.headJob ?? null)
  return {
    // Which job makes room in a limit is not known: who waits for that has no estimate.
    order: [...next, ...later].map(({ headJob: job }, i) => ({ job, estimate: starts[i] ?? null })),
    ...{ meters, pause, tried: unknown && { pause: unknown, by }, elsewhere },
    asking: open.filter(({ status }) => status === 'waiting').length,
    isLowered: slotsAfter(pauses, slots, now) < slots,
  }
}

const begun = ({ instruction, startedAt }: OpenJob, now: Date) => ({
  instruction,
  ranSeconds: Math.max(0, (now.getTime() - Date.parse(startedAt)) / 1000),
})

/** Until all of them begin anew; null where one does not by itself. */
function untilReset(blocks: readonly Meter[], now: Date): Estimate | null {
  const resets = blocks.map(block => opensAt(block)?.getTime() ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...resets)
  return Number.isFinite(last) ? until(new Date(last), now) : null
}

function until(at: Date, now: Date): Estimate {
  const seconds = Math.max(0, Math.round((at.getTime() - now.getTime()) / 1000))
  return { likely: seconds, slow: seconds }
}
