import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NOTHING_SPENT, plus, since } from '../../src/engine/spent.ts'
import type { Spent } from '../../src/job.ts'

const tokens = fc.nat(1_000_000)
const usage = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
})
const cents = fc.nat(100_000).map(n => n / 128) // exact in binary, so that sums are too
const spent: fc.Arbitrary<Spent> = fc.record({ costUsd: cents, usage: fc.option(usage) })
const known = fc.record({ costUsd: cents, usage })

test('nothing changes nothing', () => {
  fc.assert(
    fc.property(spent, a => {
      expect(plus(a, NOTHING_SPENT)).toEqual(a)
      expect(plus(NOTHING_SPENT, a)).toEqual(a)
      expect(since(NOTHING_SPENT, a)).toEqual(a)
    }),
  )
})

test('both together are the same in any order', () => {
  fc.assert(fc.property(spent, spent, (a, b) => void expect(plus(a, b)).toEqual(plus(b, a))))
  fc.assert(
    fc.property(known, known, known, (a, b, c) => void expect(plus(plus(a, b), c)).toEqual(plus(a, plus(b, c)))),
  )
})

test('what an attempt used is what its session counts more than before', () => {
  fc.assert(fc.property(known, known, (before, own) => void expect(since(before, plus(before, own))).toEqual(own)))
})

test('nothing is ever used back: a session that counts less than before used nothing', () => {
  fc.assert(
    fc.property(spent, spent, (before, now) => {
      const own = since(before, now)
      expect([own.costUsd, ...Object.values(own.usage ?? {})].every(n => n >= 0)).toBe(true)
      expect(since(plus(before, now), now)).toEqual({ ...NOTHING_SPENT, usage: now.usage && since(now, now).usage })
    }),
  )
})

test('tokens that nobody reported stay unknown, and one report is enough to know', () => {
  const counted = { costUsd: 1, usage: { inputTokens: 5, outputTokens: 4, cacheReadTokens: 3, cacheWriteTokens: 2 } }
  const uncounted = { costUsd: 2, usage: null }
  expect(plus(uncounted, uncounted)).toEqual({ costUsd: 4, usage: null })
  expect(plus(counted, uncounted)).toEqual({ costUsd: 3, usage: counted.usage })
  expect(since(counted, uncounted)).toEqual({ costUsd: 1, usage: null })
})
