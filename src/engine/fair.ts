import type { Db } from '../db/connect.ts'
import { type Closed, goesOn, inLane, type Lane, lanesByHead, lanesOf } from '../db/queue.ts'

/** What a fair order goes by. */
export type FairState = {
  now: Date
  /** How many jobs run for whom; who is not named has none. */
  running: ReadonlyMap<string, number>
  /** Lanes that are passed over; what is added to it while the order is read counts from then on. */
  closed: Closed
}

/** How many lanes are looked at in one go; mostly the first one is it. */
const PAGE = 4

/**
 * The queued jobs, each as the first of its lane, in the order in which they are to start. Whoever has the fewest running goes first, then who
 * has waited longest; each job counts as running for the ones after it. Whose time has not come yet (a low priority puts
 * it off) goes behind all others. Nothing starves: an actor's running jobs end, and then only what has waited longer
 * goes first. Jobs may be taken out of the queue while the order is read.
 */
export async function* fairOrder(db: Db, { now, running, closed }: FairState): AsyncGenerator<Lane> {
  const counts = new Map(running)
  const idle = idleLanes(db, closed, counts)
  const given = new Map<string, Lane>()
  let busy: Lane[] | null = null
  for (let next = await idle.next(); ; ) {
    if (!next.done && (counts.has(next.value.actor) || isClosed(next.value, closed))) next = await idle.next()
    const first = next.done ? undefined : next.value
    const isSure = first !== undefined && first.head <= now.getTime()
    if (!isSure) busy ??= await afterGiven(db, await lanesOf(db, [...counts.keys()], closed), given)
    const open: Lane[] = (busy ?? []).filter(lane => !isClosed(lane, closed))
    const best: Lane | undefined = isSure ? first : firstOf(first ? [...open, first] : open, counts, now.getTime())
    if (!best) return
    yield best
    given.set(best.lane, best)
    const { actor } = best
    const more: Lane[] = busy && !counts.has(actor) ? await lanesOf(db, [actor], closed) : [best]
    counts.set(actor, (counts.get(actor) ?? 0) + 1)
    if (busy) busy = [...busy.filter(({ lane }) => lane !== best.lane), ...(await afterGiven(db, more, given))]
  }
}

/** The lanes behind those of their jobs that were given, which may have left the queue by now; without those that are empty then. */
async function afterGiven(db: Db, lanes: readonly Lane[], given: ReadonlyMap<string, Lane>): Promise<Lane[]> {
  const rest: Lane[] = []
  for (const lane of lanes) {
    const last = given.get(lane.lane)
    const [follower] = last ? await inLane(db, lane.lane, last, 1) : [lane]
    if (follower) rest.push({ ...lane, ...follower })
  }
  return rest
}

/** The lanes of actors for whom nothing runs, by their first jobs. */
async function* idleLanes(db: Db, closed: Closed, counts: ReadonlyMap<string, number>): AsyncGenerator<Lane> {
  for (let after: Lane | null = null; ; ) {
    const page: Lane[] = await lanesByHead(db, closed, after, PAGE)
    for (const lane of page) if (!counts.has(lane.actor) && !isClosed(lane, closed)) yield lane
    after = page.at(-1) ?? null
    if (page.length < PAGE) return
  }
}

const isClosed = (lane: Lane, { starts, ...closed }: Closed): boolean =>
  isOf(lane, closed) || (starts !== undefined && !goesOn(lane) && (starts.all || isOf(lane, starts)))

const isOf = ({ actor, place, instruction }: Lane, keys: Omit<Closed, 'starts'>): boolean =>
  keys.actor.includes(actor) || keys.place.includes(place) || keys.instruction.includes(instruction)

function firstOf(lanes: readonly Lane[], counts: ReadonlyMap<string, number>, now: number): Lane | undefined {
  const rank = ({ head, actor }: Lane) => [head > now ? 1 : 0, counts.get(actor) ?? 0, head] as const
  const isBefore = (a: Lane, b: Lane): boolean => {
    const [x, y] = [rank(a), rank(b)]
    const i = x.findIndex((value, at) => value !== y[at])
    return i === -1 ? a.headJob < b.headJob : (x[i] ?? 0) < (y[i] ?? 0)
  }
  return lanes.reduce<Lane | undefined>(
    (best, lane) => (best === undefined || isBefore(lane, best) ? lane : best),
    undefined,
  )
}

/** How many of these there are by each one's key. */
export function countBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1)
  return counts
}
