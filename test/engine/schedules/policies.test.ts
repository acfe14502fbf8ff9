import { describe, expect, test } from 'vitest'
import { findJob } from '../../../src/db/job.ts'
import { UserError } from '../../../src/errors.ts'
import type { Policy } from '../../../src/schedule.ts'
import { quiet } from '../../fakes/clock.ts'
import { ANN, HOUR, hourly, jobOf, MINUTE, scheduleWorld, states, story } from './world.ts'

describe('runs that were missed', () => {
  const POLICIES = ['skip', 'once', 'all'] as const
  const down = async (missed: Policy['missed'], minutes: number) => {
    const world = await scheduleWorld()
    const maxLatenessMinutes = 24 * 60
    const draft = hourly({ cron: '*/5 * * * *', missed, maxLatenessMinutes, overlap: 'allow' })
    const { id } = await world.schedules.add(draft, ANN)
    await world.pass(minutes * MINUTE + 2 * MINUTE)
    return await states(world, id)
  }

  test.each(POLICIES)('of one tick: %s', async missed => {
    expect(await down(missed, 5)).toEqual(missed === 'skip' ? { missed: 1 } : { made: 1 })
  })

  test.each(POLICIES)('of three ticks: %s', async missed => {
    const expected = { skip: { missed: 3 }, once: { missed: 2, made: 1 }, all: { made: 3 } }
    expect(await down(missed, 15)).toEqual(expected[missed])
  })

  test.each(POLICIES)('of 500 ticks, of which a day counts: %s', async missed => {
    const expected = { skip: { missed: 500 }, once: { missed: 499, made: 1 }, all: { missed: 212, made: 288 } }
    expect(await down(missed, 2500)).toEqual(expected[missed])
  })

  test('are counted in full when they are more than are decided at once', async () => {
    expect(await down('once', 6000)).toEqual({ missed: 999, made: 1 })
  })

  test('are none after a restart of less than a minute', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ missed: 'skip' }), ANN)
    await world.pass(30 * MINUTE + 50_000)
    expect(await story(world, id)).toEqual(['11:00 made'])
  })

  test('are not made when they could only begin too late', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ maxLatenessMinutes: 30 }), ANN)
    world.refuse(new UserError('The queue is full.', { kind: 'runtime' }))
    await world.pass(30 * MINUTE)
    for (let minutes = 0; minutes < 32; minutes += 2) await world.pass(2 * MINUTE)
    expect(await world.schedules.runs(id, 1)).toMatchObject([
      { state: 'missed', note: 'it could not be made: The queue is full.' },
    ])
  })
})

describe('a run that finds the one before still going', () => {
  const twice = async (overlap: Policy['overlap']) => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ overlap }), ANN)
    await world.pass(30 * MINUTE)
    const first = await jobOf(world, id)
    await world.pass(HOUR)
    return { world, id, first }
  }

  test('is left out', async () => {
    const { world, id, first } = await twice('skip')
    expect(await story(world, id)).toEqual(['11:00 made', '12:00 skipped'])
    expect((await world.schedules.runs(id, 1))[0]?.note).toBe(`the run before was still going (job ${first})`)
  })

  test('waits for it', async () => {
    const { world, id, first } = await twice('queue')
    await world.pass(HOUR)
    expect(await story(world, id)).toEqual(['11:00 made', '12:00 waiting', '13:00 waiting'])
    await world.end(first, 'succeeded')
    await world.look()
    await world.look()
    expect((await story(world, id)).slice(1)).toEqual(['12:00 made', '13:00 waiting'])
  })

  test('waits no longer than it may be late', async () => {
    const { world, id, first } = await twice('queue')
    await world.pass(13 * HOUR)
    await world.end(first, 'failed')
    for (let look = 0; look < 3; look += 1) await world.look()
    expect((await story(world, id)).slice(0, 2)).toEqual(['11:00 failed', '12:00 missed'])
  })

  test('takes its place', async () => {
    const { world, id, first } = await twice('replace')
    expect(await findJob(world.db, first)).toMatchObject({
      ...{ status: 'cancelled', message: 'cancelled by the next run of its schedule' },
    })
    expect(await story(world, id)).toEqual(['11:00 cancelled', '12:00 made'])
  })

  test('is left out also when the other began in this very moment', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ overlap: 'skip' }), ANN)
    const gate = Promise.withResolvers<void>()
    world.delay(gate.promise)
    await world.clock.advance(30 * MINUTE)
    const looking = world.look() // it has seen that nothing runs
    await quiet()
    world.delay(Promise.resolve())
    const job = await world.another().schedules.run(id, ANN)
    gate.resolve()
    await looking
    await world.look()
    expect((await world.db.selectFrom('job').select('id').execute()).map(row => row.id)).toEqual([job])
    expect(await states(world, id)).toEqual({ made: 1, skipped: 1 })
  })

  test('joins it', async () => {
    const { world, id } = await twice('allow')
    expect(await story(world, id)).toEqual(['11:00 made', '12:00 made'])
  })
})
