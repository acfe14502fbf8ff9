import { describe, expect, test } from 'vitest'
import { explainExit, explainFailure } from '../../../src/engine/claude/failure.ts'
import { type Message, parseMessage, type ResultLine } from '../../../src/engine/claude/messages.ts'
import { translate, usageOf } from '../../../src/engine/claude/translate.ts'
import { type RecordedRun, readRecordedRuns } from '../../support/recorded-runs.ts'

const runs = readRecordedRuns()

const linesOf = ({ stdout }: RecordedRun): string[] => stdout.split('\n').filter(line => line !== '')
const messagesOf = (run: RecordedRun): Message[] => linesOf(run).flatMap(line => parseMessage(line) ?? [])
const resultsOf = (run: RecordedRun): ResultLine[] =>
  messagesOf(run).flatMap(message => (message.kind === 'result' ? message.result : []))
const logOf = (run: RecordedRun) => messagesOf(run).flatMap(message => translate(message, '/srv/errand/jobs'))

test('every line of every run is a message that is known', () => {
  const unread = runs.flatMap(run =>
    linesOf(run)
      .filter(line => (parseMessage(line)?.kind ?? 'other') === 'other')
      .map(line => `${run.name}: ${line.slice(0, 80)}`),
  )
  expect(unread).toEqual(['a_text_output: Hello.']) // the one run that asked for plain text
  expect(runs).toHaveLength(154)
})

test('every tool result follows the call of its tool', () => {
  for (const run of runs) {
    const called = new Set<string>()
    for (const { kind, id } of logOf(run)) {
      if (kind === 'tool_use') called.add(id ?? '')
      if (kind === 'tool_result') expect([run.name, called.delete(id ?? '')]).toEqual([run.name, true])
    }
  }
})

test('only a process that was killed leaves a call without its result', () => {
  const open = runs.filter(run => {
    const log = logOf(run)
    return (
      log.filter(({ kind }) => kind === 'tool_use').length > log.filter(({ kind }) => kind === 'tool_result').length
    )
  })
  expect(open).not.toEqual([])
  expect(open.filter(({ signal }) => signal !== 'SIGKILL').map(({ name }) => name)).toEqual([])
})

test('every log line has a text that is readable alone', () => {
  for (const run of runs)
    for (const event of logOf(run))
      if (event.kind !== 'tool_result') expect([run.name, event.text.trim()]).not.toEqual([run.name, ''])
})

test('cost and tokens only grow within a process', () => {
  for (const run of runs) {
    let [cost, tokens] = [0, 0]
    for (const result of resultsOf(run)) {
      expect(result.total_cost_usd).toBeGreaterThanOrEqual(cost)
      expect(usageOf(result).inputTokens).toBeGreaterThanOrEqual(tokens)
      ;[cost, tokens] = [result.total_cost_usd, usageOf(result).inputTokens]
    }
  }
})

/** Runs with a failed turn, and the code that each of their failures has. */
const FAILURES: Record<string, ReturnType<typeof explainFailure>['failure']> = {
  e_deny_interrupt: 'agent_error',
  e_interrupt_bash: 'agent_error',
  e_interrupt_pending_perm: 'agent_error',
  e_interrupt_stream: 'agent_error',
  g_nopersist_resume: 'agent_error',
  g_resume_unknown: 'agent_error',
  h_400_long: 'api_error',
  h_401: 'auth',
  h_403: 'auth',
  h_404_model: 'api_error',
  h_413: 'api_error',
  h_429_forever: 'usage_limit',
  h_429_maxretries2_ra2: 'usage_limit',
  h_429_ra_61: 'usage_limit',
  h_429_unified: 'usage_limit',
  h_529_forever: 'api_error',
  h_529_maxretries2: 'api_error',
  h_bidi_after_error: 'api_error',
  h_bidi_end_in_error: 'api_error',
  h_cut_mid_r2: 'api_error',
  h_max_tokens: 'api_error',
  h_nokey: 'auth',
  h_refusal: 'api_error',
  h_refused_forever: 'api_error',
  h_sse_overloaded_r2: 'api_error',
  i_sigint_bash: 'agent_error',
  i_sigint_bidi: 'agent_error',
  i_sigint_stream: 'agent_error',
}

describe('a failed turn', () => {
  const failed = runs.flatMap(run =>
    resultsOf(run)
      .filter(({ is_error }) => is_error)
      .map(result => ({ run, result })),
  )

  test('is in the table, and none that is there was good', () => {
    expect([...new Set(failed.map(({ run }) => run.name))]).toEqual(Object.keys(FAILURES))
  })

  test.each(failed)('$run.name has the right code, and its own words with their remedy', ({ run, result }) => {
    const { failure, message } = explainFailure(result)
    expect(failure).toBe(FAILURES[run.name])
    // No failure that was recorded is left to the words for anything else.
    expect(message).not.toContain('stopped with an error')
    expect(message).toMatch(/un it again[^.]*\.$/)
  })
})

describe('a process that ended without a result', () => {
  const silent = runs.filter(run => resultsOf(run).length === 0 && run.exit !== 0)

  test.each(silent)('$name says how it ended and what stderr had', run => {
    const { message } = explainExit({ code: run.exit ?? undefined, signal: run.signal ?? undefined }, run.stderr)
    expect(message).toContain(run.signal ? `was ended by ${run.signal}` : `ended with exit status ${run.exit}`)
    const said = run.stderr.split('\n')[0]?.replace(/[.:]$/, '') ?? ''
    expect(message).toContain(said)
    expect(message).toMatch(/Run it again; if it stays, look at the log\.$/)
  })
})
