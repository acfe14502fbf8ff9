import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../../src/engine/claude/messages.ts'
import { translate, usageOf } from '../../../src/engine/claude/translate.ts'

const WORKSPACE = '/data/workspaces/w'

function logOf(line: object) {
  const message = parseMessage(JSON.stringify(line))
  if (!message) throw new Error('no message')
  return translate(message, WORKSPACE)
}
const assistant = (...content: unknown[]) => ({ type: 'assistant', message: { content } })
const user = (...content: unknown[]) => ({ type: 'user', message: { content } })

test('thinking, text and a tool call become lines in their order', () => {
  const input = { file_path: `${WORKSPACE}/inputs/notes.md` }
  expect(
    logOf(
      assistant(
        { type: 'thinking', thinking: 'First the notes.' },
        { type: 'text', text: 'I read the notes.' },
        { type: 'tool_use', id: 't1', name: 'Read', input },
      ),
    ),
  ).toEqual([
    { kind: 'thinking', text: 'First the notes.' },
    { kind: 'text', text: 'I read the notes.' },
    { kind: 'tool_use', text: 'reading inputs/notes.md', id: 't1', tool: 'Read', input },
  ])
})

test('blank thinking and blank text are no lines', () => {
  expect(logOf(assistant({ type: 'thinking', thinking: '' }, { type: 'text', text: ' \n' }))).toEqual([])
})

test('a checklist comes with its steps', () => {
  const todos = [{ content: 'Read', activeForm: 'Reading', status: 'in_progress' }]
  expect(logOf(assistant({ type: 'tool_use', id: 't1', name: 'TodoWrite', input: { todos } }))).toMatchObject([
    { kind: 'tool_use', steps: [{ text: 'Read', state: 'doing' }] },
  ])
})

describe('a tool result', () => {
  const result = (fields: object) => logOf(user({ type: 'tool_result', tool_use_id: 't1', ...fields }))

  test.each([
    ['a text', 'done', 'done'],
    ['parts', [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }], 'a\n[image]\nb'],
    ['nothing', undefined, ''],
  ])('of %s is one text', (_, content, text) => {
    expect(result({ content })).toEqual([{ kind: 'tool_result', text, id: 't1', isError: false }])
  })

  test('says that it is an error', () => {
    expect(result({ content: 'no', is_error: true })).toMatchObject([{ isError: true }])
  })
})

test("the CLI's own notes to its model are no lines", () => {
  expect(logOf(user({ type: 'text', text: 'Your response above was stopped.' }))).toEqual([])
  expect(logOf({ type: 'user', message: { content: '[Request interrupted by user]' } })).toEqual([])
})

test('an error of the API is an error line, not a word of the model', () => {
  const line = { ...assistant({ type: 'text', text: 'API Error: 529' }), is_api_error_message: true }
  expect(logOf(line)).toEqual([{ kind: 'error', text: 'API Error: 529' }])
})

test.each([
  [{ error_status: 429, error: 'rate_limit' }, 'Claude did not answer (status 429); try 1 of 4 again in 1 s'],
  [{ error_status: null, error: 'unknown' }, 'Claude did not answer (no connection); try 1 of 4 again in 1 s'],
])('a retry says why and when', (fields, text) => {
  const retry = { type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 4, retry_delay_ms: 1192, ...fields }
  expect(logOf(retry)).toEqual([{ kind: 'retry', text }])
})

test('a sign of life, a request and a result are no lines', () => {
  expect(logOf({ type: 'keep_alive' })).toEqual([])
  expect(logOf({ type: 'control_request', request_id: 'r', request: { subtype: 'elicitation' } })).toEqual([])
  expect(logOf({ type: 'result', subtype: 'success', is_error: false, result: 'done' })).toEqual([])
})

test('the tokens of all models are one sum', () => {
  const models = {
    opus: { inputTokens: 100, outputTokens: 20, cacheReadInputTokens: 3, cacheCreationInputTokens: 4, costUSD: 1 },
    haiku: { inputTokens: 1, outputTokens: 2 },
  }
  const message = parseMessage(
    JSON.stringify({ type: 'result', subtype: 'success', is_error: false, modelUsage: models }),
  )
  if (message?.kind !== 'result') throw new Error('no result')
  expect(usageOf(message.result)).toEqual({
    inputTokens: 101,
    outputTokens: 22,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
  })
})

test('a text of over 1 MiB is cut and marked, what a tool is to write included', () => {
  const long = 'x'.repeat(2 * 1024 * 1024)
  const kept = `${'x'.repeat(1024 * 1024)}\n[cut here: 1.0 MB more]`
  const input = { file_path: 'a.md', content: long }
  const content = [
    { type: 'text', text: long },
    { type: 'tool_use', id: 't1', name: 'Write', input },
  ]
  const [text, write] = logOf({ type: 'assistant', message: { content } })
  expect(text?.text).toBe(kept)
  expect(write?.input).toEqual({ file_path: 'a.md', content: kept })
})
