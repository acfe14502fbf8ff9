import { describe, expect, test } from 'vitest'
import { explainExit, explainFailure } from '../../../src/engine/claude/failure.ts'
import type { ResultLine } from '../../../src/engine/claude/messages.ts'

const failureOf = (fields: Partial<ResultLine>) =>
  explainFailure({ is_error: true, subtype: 'success', total_cost_usd: 0, modelUsage: {}, ...fields })
const ofApi = (api_error_status: number | null, result = 'API Error') => ({
  api_error_status,
  result,
  terminal_reason: 'api_error',
})

describe('what a failed turn means', () => {
  test.each<[string, Partial<ResultLine>, string, RegExp]>([
    ['no account', ofApi(null, 'Not logged in · Please run /login'), 'auth', /has no Claude account/],
    ['a wrong key', ofApi(401), 'auth', /refused the account/],
    ['a forbidden account', ofApi(403), 'auth', /refused the account/],
    ['no credit', ofApi(400, 'Credit balance is too low'), 'usage_limit', /out of credit/],
    ['a bill', ofApi(402), 'usage_limit', /out of credit/],
    ['a limit', ofApi(429), 'usage_limit', /rate limit/],
    ['an unknown model', ofApi(404), 'api_error', /does not know the model/],
    ['a long prompt', { ...ofApi(400), terminal_reason: 'prompt_too_long' }, 'api_error', /too long/],
    ['large files', { ...ofApi(413), terminal_reason: 'image_error' }, 'api_error', /too large/],
    ['an overload', ofApi(529), 'api_error', /overloaded/],
    ['a fault of the API', ofApi(500), 'api_error', /fault of its own/],
    ['a slow API', ofApi(408), 'api_error', /in time/],
    ['a silent API', ofApi(null, 'Request timed out. If the API is slow'), 'api_error', /in time/],
    ['a refusal', { ...ofApi(null), stop_reason: 'refusal' }, 'api_error', /declined/],
    ['no connection', { ...ofApi(null), api_error: 'connection_failed' }, 'api_error', /could not reach/],
    ['a long answer', { ...ofApi(null), api_error: 'max_output_tokens' }, 'api_error', /longer than the model allows/],
    ['a rejected request', ofApi(400), 'api_error', /rejected the request/],
    [
      'a proxy that answers',
      ofApi(null, 'API Error: malformed response'),
      'api_error',
      /error: API Error: malformed response\. /,
    ],
    [
      'an interrupt',
      { terminal_reason: 'aborted_tools', errors: ['[ede_diagnostic] x'] },
      'agent_error',
      /interrupted/,
    ],
    [
      'a lost session',
      { errors: ['No conversation found with session ID: x'] },
      'agent_error',
      /does not have the session/,
    ],
    [
      'anything else',
      { errors: ['Reached maximum number of turns (2)'] },
      'agent_error',
      /error: Reached maximum number of turns \(2\)\. /,
    ],
    ['nothing said', { subtype: 'error_during_execution' }, 'agent_error', /error: error_during_execution\. /],
  ])('%s', (_, fields, code, sentence) => {
    const { failure, message } = failureOf(fields)
    expect(failure).toBe(code)
    expect(message).toMatch(sentence)
    expect(message).toMatch(REMEDY)
  })

  test('is one short line, whatever was said', () => {
    const { message } = failureOf({ result: `${'a long word '.repeat(100)}\nand more` })
    expect(message).not.toContain('\n')
    expect(message.length).toBeLessThan(300)
  })
})

describe('what an end without a result means', () => {
  test('names the exit and what stderr began with', () => {
    expect(explainExit({ code: 1, signal: undefined }, 'error: unknown option\nUsage: …\n')).toEqual({
      failure: 'agent_error',
      message:
        'The Claude CLI ended with exit status 1 before it gave a result: error: unknown option. Run it again; if it stays, look at the log.',
    })
  })

  test('names the signal where it was ended by one, and nothing where nothing was said', () => {
    expect(explainExit({ code: undefined, signal: 'SIGKILL' }, ' \n').message).toBe(
      'The Claude CLI was ended by SIGKILL before it gave a result. Run it again; if it stays, look at the log.',
    )
  })
})

/** A sentence ends with running it again, and says before it what to correct where something is to be corrected. */
const REMEDY = /(Run it again|then run it again)( to begin afresh|; if it stays, look at the log)?\.$/
