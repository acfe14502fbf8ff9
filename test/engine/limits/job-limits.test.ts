import { expect, test } from 'vitest'
import { limitsOfJob } from '../../../src/engine/limits/job-limits.ts'
import { ANN } from './rig.ts'

const job = { actor: ANN, place: 'channel:slack:C1', instruction: 'brief' }
const rows = [
  { scope: 'global', name: 'costPerJob' as const, value: 2 },
  { scope: ANN, name: 'costPerJob' as const, value: 5 },
]

test.each([
  [1, { capUsd: 0.5, capBy: 'instruction' }],
  [3, { capUsd: 1.5, capBy: 'limit' }],
  [null, { capUsd: 1.5, capBy: 'limit' }],
])('with a `max-cost` of %s the lower cap holds, and it is known whose that is', (maxCost, cap) => {
  expect(limitsOfJob({ rows, zone: 'UTC' }, job, { maxCost, timeoutMinutes: null }, 0.5)).toMatchObject(cap)
})
