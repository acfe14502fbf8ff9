import { expect, test } from 'vitest'
import { parseMessage } from '../../../src/engine/claude/messages.ts'
import { resetFrom } from '../../../src/engine/limits/reset.ts'

const NOW = new Date('2026-11-21T10:00:00.000Z')
const reset = (headers: Record<string, string>) => resetFrom(headers, NOW)?.toISOString() ?? null

test('the reset of the account is read from what the API says of it', () => {
  expect(reset({})).toBeNull()
  expect(reset({ 'retry-after': '90' })).toBe('2026-11-21T10:01:30.000Z')
  expect(reset({ 'retry-after': 'Sat, 21 Nov 2026 10:05:00 GMT' })).toBe('2026-11-21T10:05:00.000Z')
  expect(reset({ 'anthropic-ratelimit-unified-reset': '1795269600', 'retry-after': '5' })).toBe(
    '2026-11-21T14:00:00.000Z',
  )
  const limits = {
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': '2026-11-21T10:00:30Z',
    'anthropic-ratelimit-tokens-remaining': '0',
    'anthropic-ratelimit-tokens-reset': '2026-11-21T10:02:00Z',
    'anthropic-ratelimit-input-tokens-remaining': '9',
    'anthropic-ratelimit-input-tokens-reset': '2026-11-21T11:00:00Z',
  }
  expect(reset(limits)).toBe('2026-11-21T10:02:00.000Z')
  expect(reset({ 'retry-after': 'soon', 'anthropic-ratelimit-unified-reset': 'later' })).toBeNull()
})

test("the CLI's own word of a window counts when it is a refusal", () => {
  const line = (info: object) => parseMessage(JSON.stringify({ type: 'rate_limit_event', rate_limit_info: info }))
  const resetsAt = new Date('2026-11-21T14:00:00.000Z')
  expect(line({ status: 'rejected', resetsAt: 1795269600 })).toEqual({ kind: 'window', resetsAt })
  expect(line({ status: 'rejected' })).toEqual({ kind: 'window', resetsAt: null })
  expect(line({ status: 'allowed_warning', resetsAt: 1795269600 })).toEqual({ kind: 'alive' })
  expect(line({})).toEqual({ kind: 'alive' })
})
