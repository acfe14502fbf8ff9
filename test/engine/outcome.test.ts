import { describe, expect, test } from 'vitest'
import type { AgentEnd } from '../../src/engine/agent.ts'
import { decideOutcome, type StopCause } from '../../src/engine/outcome.ts'

const GOOD: AgentEnd = { ok: true, answer: 'Ready.', costUsd: 1, usage: null }
const BAD: AgentEnd = { ok: false, failure: 'auth', message: 'No account. Press Resume.', costUsd: 0, usage: null }
const ANY = { patterns: null, count: 0 }

describe('without a cause from outside', () => {
  test('a good end is a success, with files or without', () => {
    expect(decideOutcome(null, GOOD, ANY)).toEqual({ kind: 'succeeded', result: 'Ready.' })
    expect(decideOutcome(null, GOOD, { patterns: ['*.md'], count: 1 })).toEqual({ kind: 'succeeded', result: 'Ready.' })
  })

  test('a bad end is its failure, whatever files there are', () => {
    for (const outputs of [ANY, { patterns: ['*.md'], count: 3 }, { patterns: ['*.md'], count: 0 }])
      expect(decideOutcome(null, BAD, outputs)).toEqual({
        kind: 'failed',
        failure: 'auth',
        message: 'No account. Press Resume.',
      })
  })

  test('declared outputs that were not made are a failure that names them', () => {
    const outcome = decideOutcome(null, GOOD, { patterns: ['*.md', 'data/*.csv'], count: 0 })
    expect(outcome).toMatchObject({ kind: 'failed', failure: 'no_output' })
    expect(outcome).toHaveProperty('message', expect.stringMatching(/fits \*\.md, data\/\*\.csv\. .*press Retry/))
  })
})

describe('a cause from outside wins over the end that it brought about', () => {
  test.each<[StopCause, object]>([
    [
      { kind: 'cancelled', by: 'ann' },
      { kind: 'cancelled', by: 'ann' },
    ],
    [{ kind: 'shutdown' }, { kind: 'interrupted', why: 'the server was stopped' }],
    [{ kind: 'lost' }, { kind: 'interrupted', why: 'another process took it over' }],
    [
      { kind: 'timeout', minutes: 15 },
      { kind: 'failed', failure: 'timeout' },
    ],
  ])('%j', (cause, outcome) => {
    for (const end of [GOOD, BAD]) {
      expect(decideOutcome(cause, end, ANY)).toMatchObject(outcome)
      expect(decideOutcome(cause, end, { patterns: ['*.md'], count: 0 })).toMatchObject(outcome)
    }
  })

  test.each([
    [1 / 60, '1 second'],
    [0.5, '30 seconds'],
    [1, '1 minute'],
    [1.5, '1 m 30 s'],
    [100 / 60, '1 m 40 s'],
    [15, '15 minutes'],
    [120, '120 minutes'],
  ])('a limit of %f minutes is said in words', (minutes, words) => {
    const outcome = decideOutcome({ kind: 'timeout', minutes }, GOOD, ANY)
    expect(outcome).toHaveProperty(
      'message',
      expect.stringContaining(`its limit of ${words} and was stopped. Press Retry`),
    )
  })
})
