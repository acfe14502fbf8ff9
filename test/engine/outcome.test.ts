import { describe, expect, test } from 'vitest'
import type { AgentEnd } from '../../src/engine/agent.ts'
import { BUDGET_REACHED, decideOutcome, explainCap, type StopCause } from '../../src/engine/outcome.ts'
import type { Collected } from '../../src/engine/outputs/collect.ts'

const GOOD: AgentEnd = { ok: true, answer: 'Ready.', costUsd: 1, usage: null }
const BAD: AgentEnd = { ok: false, failure: 'auth', message: 'No account. Press Resume.', costUsd: 0, usage: null }

const collected = (count: number, leftOut = { over: 0, unfit: 0 }): Collected => {
  const artifact = { path: 'a.md', bytes: 1, type: 'text/markdown', sha256: 'ff', store: '/o/a.md' }
  return { kind: 'kept', artifacts: Array.from({ length: count }, () => artifact), leftOut }
}
const ANY = { patterns: null, collected: collected(0) }

describe('without a cause from outside', () => {
  test('a good end is a success, with files or without', () => {
    expect(decideOutcome(null, GOOD, ANY)).toEqual({ kind: 'succeeded', result: 'Ready.', note: null })
    expect(decideOutcome(null, GOOD, { patterns: ['*.md'], collected: collected(1) })).toEqual({
      kind: 'succeeded',
      result: 'Ready.',
      note: null,
    })
  })

  test('a bad end is its failure, whatever files there are', () => {
    for (const outputs of [
      ANY,
      { patterns: ['*.md'], collected: collected(3) },
      { patterns: ['*.md'], collected: collected(0) },
    ])
      expect(decideOutcome(null, BAD, outputs)).toEqual({
        kind: 'failed',
        failure: 'auth',
        message: 'No account. Press Resume.',
      })
  })

  test('declared outputs that were not made are a failure that names them', () => {
    const outcome = decideOutcome(null, GOOD, { patterns: ['*.md', 'data/*.csv'], collected: collected(0) })
    expect(outcome).toMatchObject({ kind: 'failed', failure: 'no_output' })
    expect(outcome).toHaveProperty('message', expect.stringMatching(/fits `\*\.md`, `data\/\*\.csv`\. .*Run it again/))
  })
})

test('the end at a cap says whose it is; no other end does', () => {
  const end = { ...BAD, ...BUDGET_REACHED }
  expect(explainCap(end, { capBy: 'instruction' })).toHaveProperty('message', expect.stringContaining('`max-cost`'))
  expect(explainCap(end, { capBy: 'limit' })).toHaveProperty('message', expect.stringContaining('`costPerJob`'))
  for (const other of [GOOD, BAD]) expect(explainCap(other, { capBy: 'limit' })).toEqual(other)
})

test('files that could not be kept are a failure with the answer, unless something else came first', () => {
  const outputs = { patterns: ['*.md'], collected: { kind: 'not_kept' } as const }
  expect(decideOutcome(null, GOOD, outputs)).toMatchObject({ kind: 'failed', failure: 'internal', result: 'Ready.' })
  expect(decideOutcome(null, BAD, outputs)).toMatchObject({ failure: 'auth' })
  expect(decideOutcome({ kind: 'cancelled', by: 'ann' }, GOOD, outputs)).toEqual({ kind: 'cancelled', by: 'ann' })
})

test('what was left out is said, and what is too large is a failure', () => {
  const left = decideOutcome(null, GOOD, { patterns: null, collected: collected(1, { over: 12, unfit: 1 }) })
  const note = 'Left out: 12 files more than a job gives back and 1 file that could not be read safely.'
  expect(left).toEqual({ kind: 'succeeded', result: 'Ready.', note })
  const large = decideOutcome(null, GOOD, { patterns: null, collected: { kind: 'too_large', bytes: 3e8 } })
  expect(large).toMatchObject({ kind: 'failed', failure: 'output_limit', message: expect.stringContaining('300.0 MB') })
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
    [
      { kind: 'stalled', minutes: 10 },
      { kind: 'failed', failure: 'stalled', message: expect.stringContaining('for 10 minutes') },
    ],
    [
      { kind: 'output_limit', bytes: 2e9 },
      { kind: 'failed', failure: 'output_limit', message: expect.stringContaining('2.0 GB') },
    ],
  ])('%j', (cause, outcome) => {
    for (const end of [GOOD, BAD]) {
      expect(decideOutcome(cause, end, ANY)).toMatchObject(outcome)
      expect(decideOutcome(cause, end, { patterns: ['*.md'], collected: collected(0) })).toMatchObject(outcome)
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
      expect.stringContaining(`its limit of ${words} and was stopped. Run it again`),
    )
  })
})
