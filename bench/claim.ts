import { copyFile } from 'node:fs/promises'
import Database from 'better-sqlite3'
import { systemClock } from '../src/clock.ts'
import type { AttemptKey } from '../src/db/attempt.ts'
import { groupCommit } from '../src/db/commit.ts'
import { type Db, openDatabase, transaction } from '../src/db/connect.ts'
import { listLimits } from '../src/db/limit.ts'
import { openJobs } from '../src/db/open-jobs.ts'
import { dequeue } from '../src/db/queue.ts'
import { claimNext } from '../src/engine/claim.ts'
import { countBy, fairOrder } from '../src/engine/fair.ts'
import { defaultLimits } from '../src/engine/limits/defaults.ts'
import { limitsFrom } from '../src/engine/limits/names.ts'
import { createWakeup } from '../src/engine/wakeup.ts'
import { createLog } from '../src/log.ts'
import { type Figure, seconds } from './figure.ts'
import { storedJobs } from './stored-jobs.ts'

const STORED = 1_000_000
const WAITING = 100_000
const CLAIMS = 500
/** How many attempts are open while more are claimed. */
const RUNNING = 8
const LIMITS = defaultLimits({ maxConcurrentJobs: 16, jobTimeoutMinutes: 30, stallMinutes: 10 })

/** One job after another out of the queue, as a claim picks and takes it; besides, whole claims of one job each. */
export const claim: Figure = {
  kind: 'ceiling',
  name: 'the fair pick of a job at 1 M stored, 100 k queued by 200 people, 100 k held',
  unit: 'ms',
  atMost: 0.2,
  round: async () => {
    const db = await openDatabase(await queued())
    try {
      const open: AttemptKey[] = []
      let claims = 0
      for (let i = 0; i < CLAIMS; i += 1) {
        claims += await timed(1, async () => void open.push(...(await claimNext({ ...deps(db), ...OWNER }, 1))))
        if (open.length > RUNNING) await end(db, open.shift())
      }
      if (open.length !== RUNNING) throw new Error('a claim of the bench found nothing')
      let picks = 0
      await transaction(db, { sync: 'normal', waits: false }, async trx => {
        picks = await timed(CLAIMS, () => pick(trx))
      })
      for (const key of open) await end(db, key)
      return { ours: picks, notes: { 'a whole claim with attempt, log line and commit, ms': claims / CLAIMS } }
    } finally {
      await db.destroy()
    }
  },
}

const deps = (db: Db) => ({
  ...{ commit: groupCommit(db), clock: systemClock, wakeup: createWakeup() },
  log: createLog({ level: 'warn', format: 'json' }),
  tellAdmins: async () => {},
  instructions: () => ({ byName: new Map(), mistakes: [], mcpServers: new Map() }),
  limits: async (from: Db) => limitsFrom(await listLimits(from), LIMITS, 'UTC'),
})

/** Milliseconds that one time takes. */
const timed = async (times: number, work: () => Promise<void>): Promise<number> => {
  const took = await seconds(async () => {
    for (let i = 0; i < times; i += 1) await work()
  })
  return (took / times) * 1000
}

async function pick(db: Db): Promise<void> {
  const running = countBy(await openJobs(db), ({ actor }) => actor)
  for await (const { headJob: id } of fairOrder(db, {
    now: new Date(),
    running,
    closed: { actor: [], place: [], instruction: [] },
  })) {
    await dequeue(db, id)
    return
  }
  throw new Error('the queue of the bench is empty')
}

const OWNER = { owner: 'bench', host: 'here', startedAt: new Date(), leaseMs: 30_000 }

async function end(db: Db, key: AttemptKey | undefined): Promise<void> {
  if (key) await db.updateTable('attempt').set({ ended_at: '-' }).where('job', '=', key.job).execute()
}

let made: Promise<string> | undefined
const queued = (): Promise<string> => {
  made ??= queue()
  return made
}

/** The stored jobs with a part of them queued, and another held until a time that is far. */
async function queue(): Promise<string> {
  const stored = (await storedJobs(STORED)).slice('sqlite:'.length)
  const path = `${stored}-queued`
  await copyFile(stored, path)
  const driver = new Database(path)
  driver.pragma('synchronous = off')
  driver.exec(`
    update job set status = 'queued', attempt = 0, finished_at = null, started_at = null where rowid <= ${2 * WAITING};
    update job set hold_reason = 'not-before', hold_until = '2100-01-01T00:00:00.000Z' where rowid <= ${WAITING};
    insert into queue select id, actor || ' ' || place || ' ' || instruction, actor, rowid from job
      where rowid between ${WAITING + 1} and ${2 * WAITING};
    insert into lane select lane, job.actor, place, instruction, min(order_key), job.id
      from queue join job on job.id = queue.job group by lane;`)
  driver.close()
  return `sqlite:${path}`
}
