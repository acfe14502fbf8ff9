import { expect, test } from 'vitest'
import { limitsText } from '../../src/bot/limits-text.ts'
import type { LimitView } from '../../src/engine/limits/change.ts'

const NOW = { now: new Date('2026-11-21T10:00:00.000Z'), zone: 'UTC' }

test("a person sees their own limits first, with what is used and left, and nobody else's", () => {
  const limits: LimitView[] = [
    { scope: 'global', name: 'concurrent', value: 4, default: 4, used: 1 },
    { scope: 'global', name: 'costPerMonth', value: null, default: null },
    { scope: 'global', name: 'logBytes', value: 2e9, default: 2e9 },
    { scope: 'channel:slack:C1', name: 'concurrent', value: 2, default: null, used: 2 },
    {
      scope: 'user:slack:ann',
      name: 'costPerDay',
      value: 20,
      default: null,
      used: 5.5,
      setAside: 2,
      resetsAt: '2026-11-22T00:00:00.000Z',
    },
    { scope: 'instruction:brief', name: 'perDay', value: 1, default: null, used: 0 },
    { scope: 'instruction:secret', name: 'perDay', value: 3, default: null, used: 0 },
    { scope: 'user:slack:ben', name: 'perDay', value: 1, default: null, used: 0 },
  ]
  const who = { actor: 'user:slack:ann', place: 'channel:slack:C1', may: ['brief'] }
  expect(limitsText(limits, who, NOW).split('\n')).toEqual([
    'you: $20.00 a day — $5.50 used, $2.00 set aside for jobs that run, $12.50 left, anew 2026-11-22 00:00 UTC',
    'here: 2 jobs at once — 2 used, 0 left',
    '`instruction:brief`: 1 job a day — 0 used, 1 left',
    'all: 4 jobs at once — 1 used, 3 left',
    'all: 2.0 GB for the log of a job',
  ])
})
