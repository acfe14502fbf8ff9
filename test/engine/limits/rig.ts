import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type AttemptKey, endAttempt } from '../../../src/db/attempt.ts'
import { groupCommit } from '../../../src/db/commit.ts'
import { type Db, openDatabase } from '../../../src/db/connect.ts'
import { keepInstructionVersion } from '../../../src/db/instruction-version.ts'
import { findJob, moveJob } from '../../../src/db/job.ts'
import type { LedgerTime } from '../../../src/db/ledger.ts'
import { listLimits } from '../../../src/db/limit.ts'
import { openJobs } from '../../../src/db/open-jobs.ts'
import { enqueue } from '../../../src/db/queue.ts'
import { claimNext } from '../../../src/engine/claim.ts'
import { createLimits, type LimitChange } from '../../../src/engine/limits/change.ts'
import { defaultLimits } from '../../../src/engine/limits/defaults.ts'
import { limitsFrom } from '../../../src/engine/limits/names.ts'
import { bookSpent } from '../../../src/engine/spending.ts'
import { NOTHING_SPENT } from '../../../src/engine/spent.ts'
import { createWakeup } from '../../../src/engine/wakeup.ts'
import type { Person } from '../../../src/job.ts'
import { storeJob } from '../../contracts/database.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createFakeLog } from '../../fakes/log.ts'
import { instructionsOf } from '../../support/world.ts'

export const ADMIN: Person = { platform: 'test', actor: 'user:test:root', actorName: 'root', place: 'channel:test:one' }
export const ANN = 'user:slack:ann'
export const BEN = 'user:slack:ben'

type Lane = { actor: string; place: string; instruction: string }
const LANE: Lane = { actor: ANN, place: 'channel:slack:C1', instruction: 'brief' }

/** The claims of a server whose jobs run only on paper: a test says when they spend and end. */
export async function openRig(
  sources: Record<string, string> = { brief: '---\ndescription: B\n---\nGo' },
  zone = 'UTC',
) {
  const dir = await mkdtemp(join(tmpdir(), 'errand-limits-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const clock = createFakeClock()
  const defaults = defaultLimits({ maxConcurrentJobs: 100, jobTimeoutMinutes: 30, stallMinutes: 10 })
  const instructions = instructionsOf(sources)
  const connect = async () => {
    const db = await openDatabase(`sqlite:${join(dir, 'errand.db')}`)
    onTestFinished(() => db.destroy())
    return db
  }
  const db = await connect()
  const [wakeup, defaultTimezone] = [createWakeup(), zone]
  const limits = async (from: Db) => limitsFrom(await listLimits(from), defaults, zone)
  const own = { commit: groupCommit(db), clock, wakeup, instructions: () => instructions }
  const face = createLimits({ ...own, db, defaults, defaultTimezone, limits })
  const told: string[] = []
  const claimerOn = (on: Db): ((count: number) => Promise<AttemptKey[]>) => {
    const more = { commit: groupCommit(on), owner: 'me', host: 'here', startedAt: clock.now(), leaseMs: 30_000 }
    const tell = { log: createFakeLog().log, tellAdmins: async (_: Db, text: string) => void told.push(text) }
    return count => claimNext({ ...own, ...more, ...tell, limits }, count)
  }
  let jobs = 0

  return {
    /** What the admins were told. */
    told,
    ...{ db, clock, instructions: () => instructions, openJobs: () => openJobs(db) },
    limits: face.limits,
    set: (changes: LimitChange[]) => face.setLimits(changes, ADMIN),
    /** Another process that claims from the same database. */
    claimer: async () => claimerOn(await connect()),
    /** Queues so many jobs; gives their ids. */
    queue: async (count: number, changes: Partial<Lane> = {}) => {
      const lane = { ...LANE, ...changes }
      const { sha = '', source = '' } = instructions.byName.get(lane.instruction) ?? {}
      const ids = Array.from({ length: count }, (_, i) => `job${String(jobs + i).padStart(5, '0')}`)
      jobs += count
      await db.transaction().execute(async trx => {
        await keepInstructionVersion(trx, { sha, name: lane.instruction, source, at: '-' })
        for (const [i, id] of ids.entries()) {
          await storeJob(trx, id, { place: lane.place })
          await trx
            .updateTable('job')
            .set({ ...lane, instruction_sha: sha })
            .where('id', '=', id)
            .execute()
          await enqueue(trx, { ...lane, id, priority: 0 }, new Date(jobs + i))
        }
      })
      return ids
    },
    claim: claimerOn(db),
    /** The server stops in the middle of an attempt. */
    interrupt: (key: AttemptKey | undefined) => interrupt(db, clock.now(), key),
    /** The attempt uses this much, and ends. */
    end: (key: AttemptKey, costUsd: number) => endPaid(db, { at: clock.now(), zone }, key, costUsd),
  }
}

async function interrupt(db: Db, now: Date, key: AttemptKey | undefined): Promise<void> {
  if (!key) throw new Error('nothing was claimed')
  await db.transaction().execute(async trx => {
    await endAttempt(
      trx,
      key,
      'me',
      { kind: 'interrupted', cause: 'shutdown', why: '' },
      NOTHING_SPENT,
      now.toISOString(),
    )
    await moveJob(trx, key.job, 'running', 'queued')
    const job = await findJob(trx, key.job)
    if (job) await enqueue(trx, job, new Date(0))
  })
}

async function endPaid(db: Db, time: LedgerTime, key: AttemptKey, costUsd: number): Promise<void> {
  const spent = { costUsd, usage: null }
  await db.transaction().execute(async trx => {
    await bookSpent(trx, key, 'me', spent, time)
    await endAttempt(trx, key, 'me', { kind: 'succeeded', result: '', note: null }, spent, time.at.toISOString())
    await moveJob(trx, key.job, 'running', 'succeeded', { finished_at: time.at.toISOString() })
  })
}
