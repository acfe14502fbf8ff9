import { describe, expect, test } from 'vitest'
import { readMoment, readWhen, readZone } from '../../../src/engine/schedules/when.ts'

const NOW = new Date('2026-11-21T10:00:00Z')
const read = (text: string, zone = 'Europe/Berlin') => readWhen(text, zone, NOW)

describe('when something runs', () => {
  test.each(['0 9 * * 1-5', '*/5 * * * *', '0 9 * * MON-FRI', '@daily', '@hourly', '0 9 L * *'])('is %s', cron => {
    expect(read(cron)).toEqual({ cron, at: null })
  })

  test('is a while from now', () => {
    expect(read('in 20m').at).toBe('2026-11-21T10:20:00.000Z')
    expect(read('in 2 hours').at).toBe('2026-11-21T12:00:00.000Z')
    expect(read('In 3d').at).toBe('2026-11-24T10:00:00.000Z')
  })

  test('is a moment in the zone, or in the one that it names', () => {
    expect(read('at 2026-12-01T09:00').at).toBe('2026-12-01T08:00:00.000Z')
    expect(read('at 2026-12-01 09:00').at).toBe('2026-12-01T08:00:00.000Z')
    expect(read('at 2026-12-01T09:00Z').at).toBe('2026-12-01T09:00:00.000Z')
    expect(read('at 2026-12-01T09:00:30-05:00').at).toBe('2026-12-01T14:00:30.000Z')
  })

  test('is moved with the clock where that moment does not exist, and the first where it exists twice', () => {
    expect(readMoment('2027-03-28T02:30', 'Europe/Berlin', NOW).toISOString()).toBe('2027-03-28T01:30:00.000Z')
    expect(readMoment('2027-10-31T02:30', 'Europe/Berlin', NOW).toISOString()).toBe('2027-10-31T00:30:00.000Z')
  })
})

describe('what is no time is refused with what fits', () => {
  test.each([
    ['61 * * * *', 'can have: `61` does not fit the minute (0 to 59). Write five fields'],
    ['61 25 0 13 9', '`25` does not fit the hour (0 to 23), `0` does not fit the day of the month (1 to 31), `13`'],
    ['0 9 * *', 'it has 4 fields, not 5'],
    ['0 0 9 * * *', 'it has 6 fields, not 5'],
    ['0 9 31 2 *', 'it never comes'],
    ['@reboot', 'there is no such word'],
    ['soon', '`0 9 * * 1-5`'],
    ['5-1 * * * *', '`5-1` does not fit the minute'],
    ['at 2026-02-30T09:00', 'no time that I can read'],
    ['at nine', 'no time that I can read'],
    ['at 2026-11-21T10:59', 'over already'],
    ['in 0m', 'over already'],
    ['in 9000d', 'too far away'],
    ['', 'Write five fields'],
  ])('%s', (text, words) => {
    expect(() => read(text)).toThrow(words)
  })
})

test('a zone is one that there is', () => {
  expect(readZone(' Asia/Kolkata ')).toBe('Asia/Kolkata')
  expect(readZone('UTC')).toBe('UTC')
  expect(() => readZone('Mars/Olympus')).toThrow('`Mars/Olympus` is no time zone')
})
