import type { Db } from '../db/connect.ts'
import type { OpenJob } from '../db/open-jobs.ts'
import { goesOn, type Lane } from '../db/queue.ts'
import { countBy, fairOrder } from './fair.ts'
import type { Instructions } from './instructions/instruction.ts'
import { toReserve } from './limits/fund.ts'
import { type Meter, openGate } from './limits/gate.ts'
import { limitsOfJob } from './limits/job-limits.ts'
import type { Limits } from './limits/names.ts'

/** Queued jobs, each as the first of its lane. */
export type Places = {
  /** Those that start as slots come free, in that order. */
  next: Lane[]
  /** Those that these pass, since one of them fills a limit of theirs: they start after it has ended. */
  later: Lane[]
}

/** What is known of the server as it is looked at; `meters` are the limits that may pass jobs over. */
type Known = {
  now: Date
  open: readonly OpenJob[]
  meters: readonly Meter[]
  limits: Limits
  instructions: Instructions
}

/** Who stands where in the queue, up to `most` of them; nobody while nothing may start at all. */
export async function placesOf(db: Db, { now, open, meters, ...known }: Known, most: number): Promise<Places> {
  const places: Places = { next: [], later: [] }
  const running = countBy(open, ({ actor }) => actor)
  const gate = openGate(meters)
  if (gate.isShut()) return places
  let isFilled = false
  for await (const lane of fairOrder(db, { now, running, closed: gate.closed })) {
    places.next.push(lane)
    if (places.next.length === most) return places
    const instruction = known.instructions.byName.get(lane.instruction) ?? null
    const reserved = toReserve(gate.room(lane), limitsOfJob(known.limits, lane, instruction, 0).capUsd)
    isFilled = gate.took(lane, { isNew: !goesOn(lane), reserved }) || isFilled
  }
  if (!isFilled) return places
  const listed = new Set(places.next.map(({ headJob }) => headJob))
  for await (const lane of fairOrder(db, { now, running, closed: openGate(meters).closed })) {
    if (!listed.has(lane.headJob)) places.later.push(lane)
    if (listed.size + places.later.length === most) break
  }
  return places
}
