import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { groupCommit } from '../src/db/commit.ts'
import { type Db, openDatabase } from '../src/db/connect.ts'
import { insertSchedule } from '../src/db/schedule.ts'
import { claimDue } from '../src/engine/schedules/claim.ts'
import { DEFAULT_POLICY } from '../src/schedule.ts'
import { type Figure, seconds } from './figure.ts'

const MANY = 10_000
/** A Monday and the first of its month, at nine in Berlin. */
const DUE = '2027-02-01T08:00:00.000Z'
const ZONES = { 'Europe/Berlin': 9, UTC: 8, 'America/New_York': 3, 'Asia/Tokyo': 17, 'Australia/Sydney': 19 }
const DAYS = ['* * *', '* * 1-5', '* * 1', '1 * *', '1 */2 *', '* * MON', '1,15 * *', '* 2 *', '1-7 * *', '* * 0-3']

/** The many schedules of a company that all want nine o'clock: their rows are there before the second is over. */
export const claimSchedules: Figure = {
  kind: 'ceiling',
  name: '10 k schedules due in one second, until all are claimed',
  unit: 's',
  atMost: 2,
  round: async () => {
    const dir = await mkdtemp(join(tmpdir(), 'errand-bench-schedules-'))
    const db = await openDatabase(`sqlite:${join(dir, 'errand.db')}`)
    try {
      await makeDue(db)
      const lag = monitorEventLoopDelay({ resolution: 1 })
      lag.enable()
      const clock = { now: () => new Date(DUE), sleep: async () => {} }
      const ours = await seconds(() => claimDue({ db, commit: groupCommit(db), clock }))
      lag.disable()
      const { ticks } = await db
        .selectFrom('tick')
        .select(eb => eb.fn.countAll<number>().as('ticks'))
        .executeTakeFirstOrThrow()
      if (ticks !== MANY) throw new Error(`${ticks} of ${MANY} are claimed`)
      return { ours, notes: { 'longest wait of the event loop ms': lag.max / 1e6 } }
    } finally {
      await db.destroy()
      await rm(dir, { recursive: true })
    }
  },
}

async function makeDue(db: Db): Promise<void> {
  const zones = Object.entries(ZONES)
  await db.transaction().execute(async trx => {
    for (let n = 0; n < MANY; n += 1) {
      const [timezone, hour] = zones[n % zones.length] ?? ['UTC', 8]
      const maker = { platform: 'slack', actor: `user:slack:U${n % 300}`, actorName: 'ann', place: 'channel:slack:C1' }
      await insertSchedule(trx, {
        ...{ id: String(n).padStart(8, '0'), instruction: 'brief', inputs: '{"topic":"Winter tyres"}', at: null },
        ...{ cron: `0 ${hour} ${DAYS[n % DAYS.length]}`, timezone, end_at: null, destination: maker.place },
        ...{ policy: JSON.stringify(DEFAULT_POLICY), enabled: 1, paused_because: null, next_due: DUE, failures: 0 },
        ...{
          alerted: 0,
          maker: JSON.stringify(maker),
          created_by: maker.actor,
          created_at: '2026-01-01T00:00:00.000Z',
        },
      })
    }
  })
}
