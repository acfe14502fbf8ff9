import { onTestFinished } from 'vitest'
import { type Commit, groupCommit } from '../../../src/db/commit.ts'
import { type Db, openDatabase } from '../../../src/db/connect.ts'
import { findJob, type MoveChange, moveJob } from '../../../src/db/job.ts'
import { dequeue } from '../../../src/db/queue.ts'
import type { Asking } from '../../../src/engine/access.ts'
import { cancelJob } from '../../../src/engine/cancel.ts'
import type { Instructions } from '../../../src/engine/instructions/instruction.ts'
import { defaultLimits } from '../../../src/engine/limits/defaults.ts'
import { limitsFrom } from '../../../src/engine/limits/names.ts'
import type { ScheduleDraft } from '../../../src/engine/schedules/draft.ts'
import { createScheduleLoop, type ScheduleLoop } from '../../../src/engine/schedules/loop.ts'
import { createSchedules, type Schedules, type SchedulesDeps } from '../../../src/engine/schedules/schedules.ts'
import { submitJob } from '../../../src/engine/submit.ts'
import { createWakeup } from '../../../src/engine/wakeup.ts'
import { foldersIn } from '../../../src/engine/workspace.ts'
import type { Person, Role } from '../../../src/job.ts'
import { createFakeClock, type FakeClock } from '../../fakes/clock.ts'
import { createFakeLog } from '../../fakes/log.ts'
import { instructionsOf } from '../../support/world.ts'

export const ANN: Person = {
  platform: 'slack',
  actor: 'user:slack:U1',
  actorName: 'ann',
  place: 'channel:slack:C1',
}

/** Every hour of ann's, in her channel, with the changes. */
export const hourly = (changes: Partial<ScheduleDraft> = {}): ScheduleDraft => ({
  instruction: 'brief',
  inputs: { topic: 'Tyres' },
  cron: '0 * * * *',
  timezone: 'UTC',
  destination: ANN.place,
  ...changes,
})

const BRIEF =
  '---\ndescription: Write a brief\ninputs:\n  topic: { type: text, required: true }\n---\nWrite about {{topic}}.'

/** Schedules on a database of their own, without agents: a test says when jobs end. */
export type ScheduleWorld = {
  db: Db
  clock: FakeClock
  schedules: Schedules
  look: ScheduleLoop['look']
  /** What can be run from now on. */
  instruct(sources: Record<string, string>): void
  /** Everybody's role from now on. */
  role(role: Role): void
  /** The next submits end with this error. */
  refuse(error: Error | null): void
  /** The next submits wait for this first. */
  delay(until: Promise<void>): void
  end(job: string, status: 'succeeded' | 'failed', message?: string): Promise<void>
  /** Another process on the same database; one with a fuse dies at that commit of its, before or after it is made. */
  another(fuse?: Fuse): Pick<ScheduleWorld, 'look' | 'schedules'>
  /** Moves the time and looks. */
  pass(ms: number): Promise<void>
}

export type Fuse = { commit: number; when: 'before' | 'after' }

/** Commits of a process that dies at one of them, and does nothing after that. */
function burning(commit: Commit, fuse: Fuse): Commit {
  let left = fuse.commit
  const die = () => {
    throw new Error('the process is dead')
  }
  return async (work, durability) => {
    left -= 1
    if (left < 0 || (left === 0 && fuse.when === 'before')) return die()
    const value = await commit(work, durability)
    return left === 0 ? die() : value
  }
}

export async function scheduleWorld(start = '2026-11-21T10:30:00.000Z'): Promise<ScheduleWorld> {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const clock = createFakeClock(start)
  const { log } = createFakeLog()
  let instructions: Instructions = instructionsOf({ brief: BRIEF })
  let role: Role = 'user'
  let refusal: Error | null = null
  let delayed = Promise.resolve()
  const make = (fuse?: Fuse) => {
    const wakeup = createWakeup()
    const commit = fuse ? burning(groupCommit(db), fuse) : groupCommit(db)
    const parts = { db, commit, clock, log, wakeup, instructions: () => instructions }
    const submitting = {
      ...parts,
      folders: foldersIn('/nowhere'),
      host: 'here',
      agent: { name: 'test' },
      limits: async () =>
        limitsFrom([], defaultLimits({ maxConcurrentJobs: 4, jobTimeoutMinutes: 30, stallMinutes: 10 }), 'UTC'),
    }
    const deps: SchedulesDeps = {
      ...parts,
      defaultTimezone: 'UTC',
      asking: async (person): Promise<Asking> => ({ ...person, role }),
      cancel: (id, by) => cancelJob({ ...parts, running: { end: () => {} } as never }, id, by),
      submit: async (submission, also) => {
        await delayed
        if (refusal) throw refusal
        return await submitJob({ ...submitting, redact: text => text }, submission, also)
      },
    }
    return { schedules: createSchedules(deps), look: createScheduleLoop(deps).look }
  }
  const first = make()
  return {
    ...{ db, clock, ...first, another: make },
    instruct: sources => {
      instructions = instructionsOf(sources)
    },
    role: given => {
      role = given
    },
    refuse: error => {
      refusal = error
    },
    delay: until => {
      delayed = until
    },
    end: (job, status, message) =>
      endJob(db, job, status, { finished_at: clock.now().toISOString(), message: message ?? null }),
    pass: async ms => {
      await clock.advance(ms)
      await first.look()
    },
  }
}

async function endJob(db: Db, id: string, status: 'succeeded' | 'failed', change: MoveChange): Promise<void> {
  await dequeue(db, id)
  if ((await findJob(db, id))?.status === 'queued') await moveJob(db, id, 'queued', 'running')
  await moveJob(db, id, 'running', status, change)
}

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** What became of the due times, the first one first, as `11:00 made`. */
export async function story({ schedules }: ScheduleWorld, id: string): Promise<string[]> {
  const runs = await schedules.runs(id, 1000)
  return runs.reverse().map(({ due, state }) => `${due.slice(11, 16)} ${state}`)
}

/** How many due times came to what. */
export const states = async (world: ScheduleWorld, id: string): Promise<Record<string, number>> => {
  const runs = await world.schedules.runs(id, 1000)
  return Object.fromEntries([...Map.groupBy(runs, run => run.state)].map(([state, all]) => [state, all.length]))
}

/** The job of the latest run. */
export const jobOf = async ({ schedules }: ScheduleWorld, id: string): Promise<string> => {
  const [run] = await schedules.runs(id, 1)
  if (!run?.job) throw new Error('no job was made')
  return run.job
}
