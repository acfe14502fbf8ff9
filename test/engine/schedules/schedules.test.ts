import { describe, expect, test } from 'vitest'
import { listAudit } from '../../../src/db/audit.ts'
import { findDelivery, postKey } from '../../../src/db/delivery.ts'
import { findJob } from '../../../src/db/job.ts'
import { SCHEDULE_PRIORITY } from '../../../src/db/queue.ts'
import { UserError } from '../../../src/errors.ts'
import { ANN, DAY, HOUR, hourly, jobOf, MINUTE, scheduleWorld, states, story } from './world.ts'

const BEN = { ...ANN, actor: 'user:slack:U2', actorName: 'ben' }

describe('a schedule', () => {
  test('makes one job at its time, as its maker, where its thread is owed', async () => {
    const world = await scheduleWorld()
    const { id, nextRuns, title } = await world.schedules.add(hourly(), ANN)
    expect({ nextRuns: nextRuns.map(at => at.slice(11, 16)), title }).toEqual({
      nextRuns: ['11:00', '12:00', '13:00'],
      title: 'Tyres',
    })
    await world.pass(29 * MINUTE)
    expect(await story(world, id)).toEqual([])
    await world.pass(MINUTE)
    await world.look()
    expect(await story(world, id)).toEqual(['11:00 made'])
    const job = await jobOf(world, id)
    expect(await findJob(world.db, job)).toMatchObject({
      ...{ actor: ANN.actor, place: ANN.place, origin: 'schedule', instruction: 'brief', status: 'queued' },
      priority: SCHEDULE_PRIORITY,
    })
    expect(await findDelivery(world.db, postKey(job, 'result'))).toMatchObject({ state: 'pending', step: 'result' })
    expect(await world.schedules.one(id)).toMatchObject({ lastRunAt: '2026-11-21T11:00:00.000Z' })
  })

  test('of one moment runs once, and is over', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ cron: null, at: '2026-11-21T11:15' }), ANN)
    await world.pass(DAY)
    expect(await story(world, id)).toEqual(['11:15 missed'])
    const soon = await world.schedules.add(hourly({ cron: null, at: '2026-11-22T11:15' }), ANN)
    await world.pass(45 * MINUTE)
    await world.pass(DAY)
    expect(await story(world, soon.id)).toEqual(['11:15 made'])
    expect(await world.schedules.one(soon.id)).toMatchObject({ enabled: true, nextRuns: [] })
  })

  test('ends at its end', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ endAt: '2026-11-21T12:30', overlap: 'allow' }), ANN)
    for (let hour = 0; hour < 5; hour += 1) await world.pass(HOUR / 2)
    expect(await story(world, id)).toEqual(['11:00 made', '12:00 made'])
  })

  test('begins up to its jitter later, each time by another while', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ jitterSeconds: 600, overlap: 'allow' }), ANN)
    const begun: number[] = []
    for (let second = 0; second < 3 * 360; second += 1) {
      await world.clock.advance(10_000)
      await world.look()
      const made = (await world.schedules.runs(id, 10)).filter(({ job }) => job !== null).length
      if (made > begun.length) begun.push(second)
    }
    const late = begun.map((second, hour) => (second + 1) * 10 - 1800 - hour * 3600)
    expect(late).toHaveLength(3)
    expect(late.every(seconds => seconds >= 0 && seconds <= 610)).toBe(true)
    expect(new Set(late).size).toBeGreaterThan(1) // two of them may fall on the same look
  })

  test('runs on a clock that was put back an hour what it had not run before', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ cron: '*/20 * * * *', overlap: 'allow' }), ANN)
    await world.pass(10 * MINUTE)
    await world.pass(20 * MINUTE)
    await world.clock.advance(-HOUR)
    for (let minutes = 0; minutes < 80; minutes += 10) await world.pass(10 * MINUTE)
    expect(await story(world, id)).toEqual(['10:20 made', '10:40 made', '11:00 made', '11:20 made'])
  })

  test('is not silent after a clock that was wrong for a while, and runs no time twice', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ overlap: 'allow' }), ANN)
    const once = await world.schedules.add(hourly({ cron: null, at: '2026-11-21T13:00', maxLatenessMinutes: 5 }), ANN)
    await world.pass(30 * MINUTE)
    await world.pass(3 * DAY)
    expect(await states(world, id)).toEqual({ made: 2, missed: 71 })
    const early = await world.schedules.add(hourly({ cron: '@daily' }), ANN) // by the wrong clock
    await world.clock.advance(-3 * DAY)
    const restarted = world.another()
    await restarted.look()
    expect((await world.schedules.one(early.id))?.nextRuns[0]).toBe('2026-11-22T00:00:00.000Z')
    for (let hour = 0; hour < 3; hour += 1) {
      await world.clock.advance(HOUR)
      await restarted.look()
    }
    expect(await states(world, id)).toEqual({ made: 5 })
    expect(await states(world, once.id)).toEqual({ made: 1 })
  })

  test('makes each job once, whichever of two processes is faster', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ cron: '* * * * *', overlap: 'allow' }), ANN)
    const other = world.another()
    for (let minute = 0; minute < 20; minute += 1) {
      await world.clock.advance(MINUTE)
      await Promise.all([world.look(), other.look()])
    }
    expect(await states(world, id)).toEqual({ made: 20 })
    const jobs = await world.db.selectFrom('job').select('id').execute()
    expect(new Set((await world.schedules.runs(id, 100)).map(({ job }) => job))).toEqual(
      new Set(jobs.map(({ id }) => id)),
    )
  })
})

describe('people', () => {
  test('pause and resume it, and run it now, and the audit says who', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    expect(await world.schedules.change(id, { enabled: false }, ANN)).toMatchObject({
      ...{ enabled: false, pausedBecause: 'paused by ann', nextRuns: [] },
    })
    await world.pass(2 * HOUR)
    const job = await world.schedules.run(id, ANN)
    expect(await findJob(world.db, job)).toMatchObject({ actor: ANN.actor, status: 'queued', priority: 0 })
    const resumed = await world.schedules.change(id, { enabled: true }, ANN)
    expect(resumed.nextRuns[0]).toBe('2026-11-21T13:00:00.000Z')
    expect(await world.schedules.runs(id, 9)).toMatchObject([{ state: 'made', byHand: true }])
    const { entries } = await listAudit(world.db, { limit: 10 })
    expect(entries.map(({ actor, action, target }) => `${actor} ${action} ${target}`).toSorted()).toEqual(
      ['add', 'pause', 'resume', 'run'].map(action => `${ANN.actor} schedule-${action} schedule:${id}`),
    )
  })

  test('pause it before a run of it has begun, and that one is left out', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ jitterSeconds: 3600 }), ANN)
    await world.pass(30 * MINUTE)
    expect(await story(world, id)).toEqual(['11:00 due'])
    await world.schedules.change(id, { enabled: false }, ANN)
    await world.pass(HOUR)
    expect(await world.schedules.runs(id, 9)).toMatchObject([{ state: 'skipped', note: 'paused by ann', job: null }])
  })

  test('change it, and it is due by its new time', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    const changed = await world.schedules.change(id, { at: '2026-11-25T09:00', inputs: { topic: 'Rims' } }, ANN)
    expect(changed).toMatchObject({ cron: null, title: 'Rims', nextRuns: ['2026-11-25T09:00:00.000Z'] })
    await expect(world.schedules.change(id, { inputs: {} }, ANN)).rejects.toThrow('`topic` is required')
  })

  test('remove it with its history; its jobs stay', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    await world.pass(HOUR)
    const job = await jobOf(world, id)
    await world.schedules.remove(id, ANN)
    expect(await world.schedules.one(id)).toBeNull()
    expect(await world.schedules.runs(id, 9)).toEqual([])
    await world.pass(DAY)
    expect((await world.db.selectFrom('job').select('id').execute()).map(row => row.id)).toEqual([job])
  })

  test('leave those of others alone, and look on where they may do no more', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    for (const tried of [
      world.schedules.change(id, { enabled: false }, BEN),
      world.schedules.remove(id, BEN),
      world.schedules.run(id, BEN),
    ])
      await expect(tried).rejects.toThrow('Only ann, operators and admins may change this schedule.')
    world.role('viewer')
    await expect(world.schedules.add(hourly(), BEN)).rejects.toThrow('You may only look on here')
    world.role('operator')
    await world.schedules.remove(id, BEN)
  })

  test('see those of their place and their own', async () => {
    const world = await scheduleWorld()
    await world.schedules.add(hourly(), ANN)
    await world.schedules.add(hourly({ destination: 'channel:slack:C2' }), ANN)
    const seen = async (actor: string, place: string) =>
      (await world.schedules.list({ limit: 9, seenBy: { actor, place } })).schedules.length
    expect(await seen(ANN.actor, 'channel:slack:C9')).toBe(2)
    expect(await seen(BEN.actor, 'channel:slack:C2')).toBe(1)
    expect(await seen(BEN.actor, 'channel:slack:C9')).toBe(0)
  })
})

test('what is wrong with a draft is said all at once, and nothing is kept', async () => {
  const world = await scheduleWorld()
  const draft = hourly({ cron: '61 * * * *', timezone: 'Mars/X', inputs: { words: 3 }, alertAfter: 0 })
  const error = await world.schedules.add(draft, ANN).catch(error => error as UserError)
  expect(error instanceof UserError && error.problems.map(({ field }) => field)).toEqual([
    ...['timezone', 'cron', 'alertAfter', 'inputs.topic', 'inputs.words'],
  ])
  expect((await world.schedules.list({ limit: 9 })).schedules).toEqual([])
  await expect(world.schedules.add(hourly({ at: '2026-12-01T09:00' }), ANN)).rejects.toThrow('not both')
  await expect(world.schedules.add(hourly({ endAt: '2026-11-21T10:45' }), ANN)).rejects.toThrow('before its first run')
  await expect(world.schedules.add(hourly({ instruction: 'draft' }), ANN)).rejects.toThrow('no instruction `draft`')
})

test('a schedule takes no files', async () => {
  const world = await scheduleWorld()
  world.instruct({
    brief:
      '---\ndescription: Write a brief\ninputs:\n  sources: { type: file, required: true }\n---\nRead {{sources}}.',
  })
  await expect(world.schedules.add(hourly({ inputs: {} }), ANN)).rejects.toThrow('leave it out, or schedule')
})
