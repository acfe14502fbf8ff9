import { expect, test } from 'vitest'
import { durationsOf, estimateStarts } from '../../src/engine/estimate.ts'
import type { Meter } from '../../src/engine/limits/gate.ts'
import { type Waiting, waitingWords } from '../../src/engine/waiting-words.ts'

const NOW = new Date('2026-11-21T10:00:00.000Z')
const job = { actor: 'user:slack:ann', actor_name: 'Ann', place: 'channel:slack:C1', instruction: 'brief' }
const words = (changes: Partial<Waiting>) =>
  waitingWords(
    {
      job,
      position: 3,
      blocks: [],
      pause: null,
      estimate: null,
      slots: 4,
      asking: 0,
      isLowered: false,
      free: 0,
      lacksMemory: false,
      zone: 'UTC',
      ...changes,
    },
    NOW,
  )
const block = (changes: Partial<Meter>): Meter => ({
  ...{ scope: 'global', name: 'costPerDay', value: 20, used: 20, promised: 0 },
  ...{ resetsAt: new Date('2026-11-22T00:00:00.000Z'), ...changes },
})

test('a job in the queue says what is busy, and about how long that takes', () => {
  expect(words({})).toBe('all 4 slots are busy')
  expect(words({ slots: 1 })).toBe('the only slot is busy')
  expect(words({ free: 3 })).toBe('it starts at once')
  expect(words({ free: 3, lacksMemory: true })).toBe('it waits for free memory')
  expect(words({ position: null })).toBe('at least 100 jobs are before it')
  expect(words({ position: null, estimate: { likely: 7300, slow: 9000 } })).toBe(
    'at least 100 jobs are before it, more than about 2 h',
  )
  expect(words({ estimate: { likely: 370, slow: 500 } })).toBe('all 4 slots are busy, about 6 min')
  expect(words({ estimate: { likely: 20, slow: 1300 } })).toBe('all 4 slots are busy, about a minute, perhaps 20 min')
  expect(words({ estimate: { likely: 20, slow: 80 } })).toBe('all 4 slots are busy, about a minute') // and not "1 min"
  expect(words({ estimate: { likely: 3500, slow: 3500 } })).toBe('all 4 slots are busy, about 1 h')
  expect(words({ estimate: { likely: 5300, slow: 5400 } })).toBe('all 4 slots are busy, about 1.5 h')
})

test('a job that waits for one of fewer slots says why they are fewer', () => {
  const estimate = { likely: 370, slow: 500 }
  expect(words({ slots: 2, isLowered: true, estimate })).toBe(
    'all 2 slots are busy (fewer than usual since Claude was overloaded), about 6 min',
  )
  expect(words({ slots: 1, isLowered: true })).toBe(
    'the only slot is busy (fewer than usual since Claude was overloaded)',
  )
})

test('slots that wait for answers are named: nothing runs in them', () => {
  const estimate = { likely: 20, slow: 80 }
  expect(words({ asking: 3, estimate })).toBe(
    'all 4 slots are busy, 3 with jobs that wait for an answer, about a minute',
  )
  expect(words({ asking: 1 })).toBe('all 4 slots are busy, 1 with a job that waits for an answer')
  expect(words({ slots: 1, asking: 1 })).toBe('the only slot is busy, with a job that waits for an answer')
  expect(words({ slots: 1, asking: 2 })).toBe('the only slot is busy, with a job that waits for an answer')
})

test('a full limit says whose it is, and when it begins anew', () => {
  expect(words({ blocks: [block({})] })).toBe(
    'the budget of $20.00 a day is used up until 2026-11-22 00:00 UTC; it goes on by itself',
  )
  const hourly = { name: 'perHour', value: 3, resetsAt: new Date('2026-11-21T11:00:00.000Z') } as const
  expect(words({ blocks: [block({ ...hourly, scope: job.actor })] })).toBe(
    "Ann's own limit of 3 jobs an hour is used up until 11:00 UTC; it goes on by itself",
  )
  const once = { name: 'concurrent', value: 1, resetsAt: null } as const
  expect(words({ blocks: [block({ ...once, scope: 'instruction:brief' })] })).toBe(
    "`brief`'s limit of 1 job at once is reached",
  )
  expect(words({ blocks: [block({ ...once, scope: job.place })] })).toBe(
    "this place's limit of 1 job at once is reached",
  )
  expect(words({ blocks: [block({ ...once, value: 0 })] })).toBe('the limit of 0 jobs at once lets no job start')
  expect(words({ blocks: [block({ name: 'perDay', value: 1 })] })).toContain('the limit of 1 job a day is used up')
  expect(words({ blocks: [block({ ...once, scope: job.actor }), block({})] })).toContain('until 2026-11-22')
  expect(words({ blocks: [block({ used: 18, promised: 2 })] })).toBe(
    'the rest of the budget of $20.00 a day is set aside for jobs that run; it goes on by itself',
  )
  expect(words({ blocks: [block({ used: 18, promised: 2 }), block(hourly)] })).toContain('used up until 11:00')
  const none = block({ name: 'perDay', value: 0, used: 0 })
  expect(words({ blocks: [block({ name: 'costPerMonth' }), none] })).toBe('the limit of 0 jobs a day lets no job start')
  const [resetsAt, zone] = [new Date('2026-11-21T23:00:00.000Z'), 'Europe/Berlin']
  expect(words({ zone, blocks: [block({ resetsAt })] })).toContain('is used up until 2026-11-22 00:00 CET;')
})

test('half of the past jobs are the likely time, nine of ten the slow one', () => {
  expect(durationsOf([])).toBeNull()
  expect(durationsOf([7])).toEqual({ likely: 7, slow: 7 })
  expect(durationsOf(Array.from({ length: 50 }, (_, i) => 50 - i))).toEqual({ likely: 26, slow: 46 })
})

const known = new Map([
  ['brief', { likely: 60, slow: 100 }],
  ['draft', { likely: 600, slow: 600 }],
  ['fresh', null],
])
const [brief, draft, fresh] = [{ instruction: 'brief' }, { instruction: 'draft' }, { instruction: 'fresh' }]

test('jobs start in the slots that come free, one after the other', () => {
  const running = [
    { ...brief, ranSeconds: 50 },
    { ...draft, ranSeconds: 600 },
  ]
  expect(estimateStarts(running, [brief, draft, brief, fresh], known, 2)).toEqual([
    { likely: 0, slow: 0 },
    { likely: 10, slow: 50 },
    { likely: 60, slow: 100 },
    { likely: 120, slow: 200 },
  ])
  expect(estimateStarts([], [fresh, brief], known, 1)).toEqual([{ likely: 0, slow: 0 }, null])
  expect(estimateStarts(running, [brief], known, 1)).toEqual([{ likely: 10, slow: 50 }]) // one more than there are slots
})

const overdue = { ...brief, ranSeconds: 101 } // longer than nine of ten

test.each([
  ['that is over its usual time', overdue],
  ['of an instruction without history', { ...fresh, ranSeconds: 5 }],
])('a running job %s gives no estimate, and takes none from the other slots', (_, job) => {
  expect(estimateStarts([job], [brief, brief], known, 1)).toEqual([null, null])
  const soon = [
    { likely: 10, slow: 50 },
    { likely: 70, slow: 150 },
  ]
  const other = { ...brief, ranSeconds: 50 }
  expect(estimateStarts([job, other], [brief, brief], known, 2)).toEqual(soon)
  expect(estimateStarts([other, job], [brief, brief], known, 2)).toEqual(soon)
})
