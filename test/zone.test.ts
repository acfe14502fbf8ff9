import { expect, test } from 'vitest'
import { dayIn, isZone, momentIn, SYSTEM_ZONE, startOfDay } from '../src/zone.ts'

test('a zone is a name that there is', () => {
  expect([SYSTEM_ZONE, 'Europe/Berlin', 'Asia/Kolkata', 'UTC'].every(isZone)).toBe(true)
  expect(['Mars/Olympus', '', 'nine'].some(isZone)).toBe(false)
})

test('a moment is written as people of its zone read it', () => {
  const at = new Date('2026-11-23T23:30:00Z')
  expect(momentIn(at, 'Europe/Berlin')).toBe('Tue, 24 Nov 2026, 00:30')
  expect(momentIn(at, 'America/New_York')).toBe('Mon, 23 Nov 2026, 18:30')
})

test.each([
  ['UTC', '2026-11-23', '2026-11-23T00:00:00.000Z'],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
  ['Asia/Kolkata', '2027-01-01', '2026-12-31T18:30:00.000Z'],
  ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z'], // its clocks jump over midnight
  ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'], // midnight comes twice
])('in %s the day %s begins at %s', (zone, day, start) => {
  const at = startOfDay(day, zone)
  expect(at.toISOString()).toBe(start)
  expect(dayIn(at, zone)).toBe(day)
  expect(dayIn(new Date(at.getTime() - 1), zone) < day).toBe(true)
})
