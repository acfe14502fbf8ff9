import type { Db } from '../../db/connect.ts'
import { lastRunOf, ticksOf } from '../../db/tick.ts'
import type { JobStatus } from '../../job.ts'
import type { TickState } from '../../schedule.ts'
import type { Instructions } from '../instructions/instruction.ts'
import { titleOf } from '../instructions/title.ts'
import { placeOf, type Schedule } from './schedule.ts'
import { nextRuns } from './timing.ts'

/** A schedule as every surface shows it; times are ISO 8601 UTC. */
export type ScheduleView = Omit<Schedule, 'alerted' | 'nextDue'> & {
  /** What its jobs are about: the first text input. */
  title: string
  /** Where its jobs belong: the destination, or where it was made. */
  place: string
  /** The next three; none while it is paused, and once it is over. */
  nextRuns: string[]
  lastRunAt: string | null
}

/** What became of one due time. `status` is that of its job now; null where none was made, or it is gone. */
export type Run = {
  due: string
  state: TickState
  note: string | null
  job: string | null
  status: JobStatus | null
  byHand: boolean
}

/** How many next runs are shown. */
export const RUNS_SHOWN = 3

/** Completes a schedule to what people see. */
export async function viewSchedule(db: Db, schedule: Schedule, instructions: Instructions): Promise<ScheduleView> {
  const { alerted, nextDue, ...shown } = schedule
  const first = nextDue === null ? [] : [new Date(nextDue)]
  const runs = first.flatMap(due => [due, ...nextRuns(schedule, due, RUNS_SHOWN - 1)])
  return {
    ...shown,
    title: titled(schedule, instructions),
    place: placeOf(schedule),
    nextRuns: runs.map(run => run.toISOString()),
    lastRunAt: await lastRunOf(db, schedule.id),
  }
}

/** What its jobs are about, as far as its instruction is there. */
export function titled(
  { instruction, inputs }: Pick<Schedule, 'instruction' | 'inputs'>,
  { byName }: Instructions,
): string {
  const definition = byName.get(instruction)
  return definition ? titleOf(definition, inputs) : instruction
}

/** What became of the last due times, the latest first. */
export async function runsOf(db: Db, id: string, limit: number): Promise<Run[]> {
  const ticks = await ticksOf(db, id, limit)
  return ticks.map(({ due, state, note, job, status, manual }) => ({
    ...{ due, state, note, job, status },
    byHand: manual === 1,
  }))
}
