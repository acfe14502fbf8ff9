import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextRun, nextRuns, type Timing } from '../../../src/engine/schedules/timing.ts'

const timing = (cron: string, timezone = 'UTC', endAt: string | null = null): Timing => ({
  ...{ cron, timezone, endAt },
  at: null,
})

/** The runs as the clock on the wall of that zone shows them, and as instants. */
const runs = (cron: string, timezone: string, after: string, count: number): string[] =>
  nextRuns(timing(cron, timezone), new Date(after), count).map(at => {
    const wall = at.toLocaleString('sv', { timeZone: timezone }).slice(0, 16)
    return `${wall} = ${at.toISOString().slice(0, 16)}`
  })

describe('a time that the clock jumps over runs by as much later, and once', () => {
  test('in Berlin', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3)).toEqual([
      '2026-03-28 02:30 = 2026-03-28T01:30',
      '2026-03-29 03:30 = 2026-03-29T01:30',
      '2026-03-30 02:30 = 2026-03-30T00:30',
    ])
  })

  test('in New York', () => {
    expect(runs('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08 03:30 = 2026-03-08T07:30',
      '2026-03-09 02:30 = 2026-03-09T06:30',
    ])
  })

  test('on Lord Howe Island, where it jumps by half an hour', () => {
    expect(runs('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 2)).toEqual([
      '2026-10-04 02:45 = 2026-10-03T15:45',
      '2026-10-05 02:15 = 2026-10-04T15:15',
    ])
  })

  test('where the next hour is asked for too', () => {
    expect(runs('30 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29 03:30 = 2026-03-29T01:30',
      '2026-03-30 02:30 = 2026-03-30T00:30',
    ])
  })
})

describe('a time that exists twice runs once', () => {
  test('in Berlin', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25 02:30 = 2026-10-25T00:30',
      '2026-10-26 02:30 = 2026-10-26T01:30',
    ])
  })

  test('in New York', () => {
    expect(runs('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01 01:30 = 2026-11-01T05:30',
      '2026-11-02 01:30 = 2026-11-02T06:30',
    ])
  })

  test('on Lord Howe Island', () => {
    const walls = runs('45 1 * * *', 'Australia/Lord_Howe', '2026-04-03T15:00:00Z', 3).map(run => run.slice(0, 16))
    expect(walls).toEqual(['2026-04-05 01:45', '2026-04-06 01:45', '2026-04-07 01:45'])
  })

  test('also when it is asked for in the second hour', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:15:00Z', 1)).toEqual([
      '2026-10-26 02:30 = 2026-10-26T01:30',
    ])
  })

  test('unless it runs in any hour: that goes on by the time that passes', () => {
    const starts = (cron: string, timezone: string, after: string, count: number) =>
      runs(cron, timezone, after, count).map(run => run.slice(-5))
    expect(starts('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:40:00Z', 6)).toEqual([
      ...['00:00', '00:30', '01:00', '01:30', '02:00', '02:30'],
    ])
    expect(starts('*/30 * * * *', 'Europe/Berlin', '2026-10-25T01:15:00Z', 2)).toEqual(['01:30', '02:00'])
    expect(starts('@hourly', 'America/New_York', '2026-11-01T04:30:00Z', 3)).toEqual(['05:00', '06:00', '07:00'])
    expect(starts('*/15 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:50:00Z', 3)).toEqual([
      '15:00',
      '15:15',
      '15:30',
    ])
    expect(starts('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z', 3)).toEqual(['00:30', '01:00', '01:30'])
  })
})

test('a schedule ends at its end, which still counts', () => {
  const at = new Date('2026-11-21T10:30:00Z')
  expect(nextRuns(timing('0 * * * *', 'UTC', '2026-11-21T12:00:00Z'), at, 5)).toEqual([
    new Date('2026-11-21T11:00:00Z'),
    new Date('2026-11-21T12:00:00Z'),
  ])
})

test('a moment is due once', () => {
  const once: Timing = { cron: null, at: '2026-12-01T08:00:00.000Z', timezone: 'Europe/Berlin', endAt: null }
  expect(nextRuns(once, new Date('2026-11-21T10:00:00Z'), 3)).toEqual([new Date('2026-12-01T08:00:00Z')])
  expect(nextRun(once, new Date('2026-12-01T08:00:00Z'))).toBeNull()
})

test('every next run lies ahead, in any zone at any time', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Kathmandu', 'UTC']
  const crons = ['*/7 * * * *', '30 2 * * *', '0 0 * * *', '15 1-3 * * *', '0 9 1 * *', '@weekly', '*/30 2 * * 0']
  // Half of the moments lie around the days on which clocks change.
  const changes = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-10-04', '2026-10-25', '2026-11-01']
  const near = fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -1440, max: 1440 }))
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.constantFrom(...crons), near, (zone, cron, [day, minutes]) => {
      const after = new Date(Date.parse(day) + minutes * 60_000)
      const [first, second] = nextRuns(timing(cron, zone), after, 2)
      expect(first?.getTime()).toBeGreaterThan(after.getTime())
      expect(second?.getTime()).toBeGreaterThan(first?.getTime() ?? 0)
    }),
    { numRuns: 300 },
  )
})
