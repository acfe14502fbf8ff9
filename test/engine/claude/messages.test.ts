import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../../src/engine/claude/messages.ts'

const parse = (line: unknown) => parseMessage(JSON.stringify(line))
const said = (...content: unknown[]) => ({ type: 'assistant', message: { id: 'msg_1', content } })

describe('what is said', () => {
  test('blocks come in their order, and kinds of blocks that are not known are left out', () => {
    const text = { type: 'text', text: 'Hello', citations: null }
    const thinking = { type: 'thinking', thinking: 'Hm', signature: 'x' }
    const use = { type: 'tool_use', id: 't1', name: 'Read', input: { file_path: 'a.md' } }
    expect(parse(said(thinking, { type: 'redacted_thinking', data: 'x' }, text, use))).toEqual({
      kind: 'blocks',
      from: 'assistant',
      blocks: [thinking, text, use],
      apiError: false,
      parent: null,
    })
  })

  test('a tool result is a text, parts or nothing', () => {
    const result = (content: object) => ({ type: 'tool_result', tool_use_id: 't1', ...content })
    for (const block of [
      result({ content: 'done', is_error: false }),
      result({
        content: [
          { type: 'text', text: 'done' },
          { type: 'image', source: {} },
        ],
        is_error: true,
      }),
      result({}),
    ])
      expect(parse({ type: 'user', message: { content: [block] } })).toMatchObject({ from: 'user', blocks: [block] })
  })

  test('a plain text is one block', () => {
    expect(parse({ type: 'user', message: { content: '[Request interrupted by user]' } })).toMatchObject({
      blocks: [{ type: 'text', text: '[Request interrupted by user]' }],
    })
  })

  test('an answer that the CLI made out of an error of the API is marked', () => {
    expect(parse({ ...said({ type: 'text', text: 'API Error' }), is_api_error_message: true })).toMatchObject({
      apiError: true,
    })
  })
})

describe('the end of a turn', () => {
  test('needs its flag and its subtype, and counts what is missing as nothing', () => {
    expect(parse({ type: 'result', subtype: 'success', is_error: false })).toEqual({
      kind: 'result',
      result: { subtype: 'success', is_error: false, total_cost_usd: 0, modelUsage: {} },
    })
    expect(parse({ type: 'result', subtype: 'success' })).toEqual({ kind: 'other' })
  })

  test('keeps what tells one failure from another', () => {
    const fields = {
      result: 'API Error',
      stop_reason: null,
      terminal_reason: 'api_error',
      api_error: 'connection_failed',
      api_error_status: null,
    }
    expect(parse({ type: 'result', subtype: 'success', is_error: true, ...fields })).toMatchObject({ result: fields })
    expect(parse({ type: 'result', subtype: 'error_max_turns', is_error: true, errors: ['a'] })).toMatchObject({
      result: { errors: ['a'] },
    })
  })
})

describe('what waits for an answer', () => {
  const request = (request: object) => ({ type: 'control_request', request_id: 'r1', request })

  test('is a tool call, a hook, or something that is not known', () => {
    expect(parse(request({ subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'ls' } }))).toMatchObject({
      kind: 'control',
      requestId: 'r1',
      request: { subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'ls' } },
    })
    expect(
      parse(request({ subtype: 'hook_callback', callback_id: 'h', input: { tool_name: 'Bash', tool_input: 7 } })),
    ).toMatchObject({ request: { subtype: 'hook_callback', input: { tool_name: 'Bash', tool_input: 7 } } })
    expect(parse(request({ subtype: 'elicitation' }))).toMatchObject({
      request: { subtype: 'elicitation', unknown: true },
    })
  })

  test('is not lost when its shape is not known', () => {
    for (const subtype of ['can_use_tool', 'hook_callback'])
      expect(parse(request({ subtype }))).toMatchObject({ requestId: 'r1', request: { subtype, unknown: true } })
  })
})

test('a retry and the number of background tasks are read', () => {
  const retry = { attempt: 1, max_retries: 4, retry_delay_ms: 612.3, error_status: null, error: 'unknown' }
  expect(parse({ type: 'system', subtype: 'api_retry', ...retry })).toEqual({ kind: 'retry', retry })
  expect(parse({ type: 'system', subtype: 'background_tasks_changed', tasks: [{}, {}] })).toEqual({
    kind: 'tasks',
    running: 2,
  })
})

test.each([
  'stream_event',
  'tool_use_summary',
  'control_response',
  'command_lifecycle',
  'conversation_reset',
  'rate_limit_event',
  'prompt_suggestion',
  'auth_status',
  'active_goal',
  'keep_alive',
  'system',
])('%s says only that the CLI lives', type => {
  expect(parse({ type, subtype: 'whatever', text: 'x' })).toEqual({ kind: 'alive' })
})

test('a request that is withdrawn is named', () => {
  const line = { type: 'control_cancel_request', request_id: 'r1' }
  expect(parse(line)).toEqual({ kind: 'withdrawn', requestId: 'r1' })
})

test('a type that is not known, and a known one in another shape, are other', () => {
  expect(parse({ type: 'brand_new' })).toEqual({ kind: 'other' })
  expect(parse({})).toEqual({ kind: 'other' })
  expect(parse({ type: { toString: null } })).toEqual({ kind: 'other' })
  expect(parse({ type: 'assistant', message: 'x' })).toEqual({ kind: 'other' })
  expect(parse({ type: 'system', subtype: 'api_retry' })).toEqual({ kind: 'other' })
})

test('a line that is no JSON object is null', () => {
  for (const line of ['', 'Hello.', '{', '[]', '7', 'null', '"text"', 'undefined'])
    expect(parseMessage(line)).toBeNull()
})

test('nothing that a line may hold makes it throw', () => {
  const types = fc.constantFrom('assistant', 'user', 'result', 'control_request', 'system', 'stream_event', '__proto__')
  const line = fc.record({ type: types, message: fc.jsonValue(), request: fc.jsonValue(), request_id: fc.string() })
  fc.assert(fc.property(line, json => void expect(parse(json)).not.toBeNull()))
  fc.assert(fc.property(fc.string(), text => void parseMessage(text)))
})

test("a tool's clock is a heartbeat, which is no sign of life", () => {
  expect(parse({ type: 'tool_progress', heartbeat: true, elapsed_time_seconds: 30 })).toEqual({ kind: 'heartbeat' })
})

test("a sub-agent's words name the call that began it", () => {
  const line = { type: 'assistant', parent_tool_use_id: 't1', message: { content: [{ type: 'text', text: 'Hi' }] } }
  expect(parse(line)).toMatchObject({ kind: 'blocks', parent: 't1' })
})
