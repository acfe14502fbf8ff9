import { expect, test } from 'vitest'
import { isZone, momentIn, SYSTEM_ZONE } from '../src/zone.ts'

test('a zone is a name that there is', () => {
  expect([SYSTEM_ZONE, 'Europe/Berlin', 'Asia/Kolkata', 'UTC'].every(isZone)).toBe(true)
  expect(['Mars/Olympus', '', 'nine'].some(isZone)).toBe(false)
})

test('a moment is written as people of its zone read it', () => {
  const at = new Date('2026-11-23T23:30:00Z')
  expect(momentIn(at, 'Europe/Berlin')).toBe('Tue, 24 Nov 2026, 00:30')
  expect(momentIn(at, 'America/New_York')).toBe('Mon, 23 Nov 2026, 18:30')
})
