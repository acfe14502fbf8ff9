import { describe, expect, test } from 'vitest'
import { type CallUsage, isPriced, spentOn } from '../../../../src/engine/claude/key-proxy/prices.ts'

const dollars = (model: string | null, usage: CallUsage) => spentOn(model, usage).costUsd

/** A million of each kind of token: in, out, written for five minutes, written for an hour, read. */
const MILLIONS: CallUsage[] = [
  { input_tokens: 1e6 },
  { output_tokens: 1e6 },
  { cache_creation_input_tokens: 1e6 },
  { cache_creation_input_tokens: 1e6, cache_creation: { ephemeral_1h_input_tokens: 1e6 } },
  { cache_read_input_tokens: 1e6 },
]

describe('a million tokens cost what the list says', () => {
  test.each([
    ['claude-fable-5-1', [10, 50, 12.5, 20, 0.25]],
    ['claude-fable-5', [10, 50, 12.5, 20, 1]],
    ['claude-opus-5-5', [4, 20, 5, 8, 0.2]],
    ['claude-opus-5', [5, 25, 6.25, 10, 0.5]],
    ['claude-opus-4-5-20251101', [5, 25, 6.25, 10, 0.5]],
    ['claude-opus-4-1-20250805', [15, 75, 18.75, 30, 1.5]],
    ['claude-opus-4-20250514', [15, 75, 18.75, 30, 1.5]],
    ['claude-sonnet-5-5', [2, 10, 2.5, 4, 0.1]],
    ['claude-sonnet-4-5-20250929', [3, 15, 3.75, 6, 0.3]],
    ['claude-haiku-4-5-20251001', [1, 5, 1.25, 2, 0.1]],
    ['claude-3-5-haiku-latest', [0.8, 4, 1, 1.6, 0.08]],
    ['anthropic/claude-sonnet-5-5[1m]', [2, 10, 2.5, 4, 0.1]],
  ])('of %s', (model, prices) => {
    expect(MILLIONS.map(usage => Number(dollars(model, usage).toFixed(6)))).toEqual(prices)
    expect(isPriced(model)).toBe(true)
  })
})

test.each(['claude-opus-9', 'gpt-5', 'constructor', null])(
  'of %s, which is not in the list, the dearest price of all counts',
  model => {
    expect(MILLIONS.map(usage => dollars(model, usage))).toEqual([15, 75, 18.75, 30, 1.5])
    expect(isPriced(model ?? '')).toBe(false)
  },
)

test('a long prompt of Haiku 5.5 costs five times as much, and its answer too', () => {
  const usage = { input_tokens: 50_000, cache_read_input_tokens: 50_000, output_tokens: 1000 }
  expect(dollars('claude-haiku-5-5', usage)).toBeCloseTo(0.006, 9)
  expect(dollars('claude-haiku-5-5', { ...usage, input_tokens: 50_001 })).toBeCloseTo(0.0300005, 9)
  expect(dollars('claude-haiku-4-5', { input_tokens: 200_000 })).toBeCloseTo(0.2, 9)
})

test('searches, a region and the fast mode cost extra', () => {
  expect(dollars('claude-opus-5-5', { server_tool_use: { web_search_requests: 3 } })).toBeCloseTo(0.03, 9)
  expect(dollars('claude-opus-5-5', { input_tokens: 1e6, inference_geo: 'us' })).toBeCloseTo(4.4, 9)
  expect(dollars('claude-opus-4-6', { input_tokens: 1e6, speed: 'fast' })).toBeCloseTo(30, 9)
})

test('what is not said counts as nothing', () => {
  expect(spentOn('claude-opus-5-5', { input_tokens: null })).toEqual({
    costUsd: 0,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  })
})
