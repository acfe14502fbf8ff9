import { expect, test } from 'vitest'
import { nextRuns } from '../../../src/engine/schedules/timing.ts'
import { randomFrom } from '../../faults/random.ts'
import { ANN, DAY, hourly, MINUTE, type ScheduleWorld, scheduleWorld } from './world.ts'

const START = '2026-10-10T00:00:30.000Z'
const DAYS = 30

// Over the end of summer time in Berlin and in New York.
const DRAFTS = [
  hourly({ missed: 'all', overlap: 'allow', maxLatenessMinutes: 600 }),
  hourly({ cron: '30 2 * * *', timezone: 'Europe/Berlin', overlap: 'queue', jitterSeconds: 1800 }),
  hourly({ cron: '*/20 9-17 * * 1-5', timezone: 'America/New_York', missed: 'skip' }),
  hourly({ cron: '5 */3 * * *', overlap: 'replace', endAt: '2026-11-01T12:00' }),
]

/** Lets some of the jobs end that have not yet. */
async function endSome(world: ScheduleWorld, random: () => number, share: number): Promise<void> {
  const live = await world.db
    .selectFrom('tick')
    .innerJoin('job', 'job.id', 'tick.job')
    .innerJoin('schedule', 'schedule.id', 'tick.schedule')
    .select('job.id')
    .where('job.status', '=', 'queued')
    .orderBy('tick.due') // ids are other ones each time
    .orderBy('schedule.cron')
    .execute()
  for (const { id } of live)
    if (random() < share) await world.end(id, random() < 0.8 ? 'succeeded' : 'failed', 'It broke.')
}

test('a month with crashes accounts for every tick', { timeout: 60_000 }, async () => {
  const random = randomFrom(1)
  const world = await scheduleWorld(START)
  const ids: string[] = []
  for (const draft of DRAFTS) ids.push((await world.schedules.add({ ...draft, destination: null }, ANN)).id)
  const end = Date.parse(START) + DAYS * DAY
  let crashes = 0
  while (world.clock.now().getTime() < end) {
    const isDown = random() < 0.05
    await world.clock.advance(Math.ceil(random() * (isDown ? 20 * 60 : 120)) * MINUTE)
    const fate = random()
    if (fate < 0.3) {
      crashes += 1
      const when = random() < 0.5 ? 'before' : 'after'
      await world.another({ commit: 1 + Math.floor(random() * 6), when }).look()
    }
    if (fate < 0.5) await Promise.all([world.another().look(), world.another().look()])
    else if (fate < 0.9) await world.another().look()
    await endSome(world, random, 0.6)
  }
  expect(crashes).toBeGreaterThan(50)
  const last = world.clock.now()
  for (let look = 0; look < 40; look += 1) {
    await world.another().look()
    await endSome(world, random, 1)
    await world.clock.advance(MINUTE)
  }
  for (const [i, draft] of DRAFTS.entries()) {
    const id = ids[i] ?? ''
    const ticks = await world.db.selectFrom('tick').selectAll().where('schedule', '=', id).orderBy('due').execute()
    const endAt = draft.endAt ? `${draft.endAt}:00Z` : null
    const timing = { cron: draft.cron ?? null, at: null, timezone: draft.timezone ?? 'UTC', endAt }
    const due = nextRuns(timing, new Date(START), 1000)
      .filter(at => at <= last)
      .map(at => at.toISOString())
    expect(ticks.map(tick => tick.due).filter(at => at <= last.toISOString())).toEqual(due)
    expect(ticks.filter(({ due, settled_at }) => due <= last.toISOString() && settled_at === null)).toEqual([])
    expect(new Set(ticks.map(({ state }) => state)).size).toBeGreaterThan(1)
  }
  const made = await world.db.selectFrom('tick').select('job').where('job', 'is not', null).execute()
  const jobs = await world.db.selectFrom('job').select('id').execute()
  expect(made.map(({ job }) => job).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
})
