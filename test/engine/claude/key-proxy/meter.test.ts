import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMeter } from '../../../../src/engine/claude/key-proxy/meter.ts'
import type { CallUsage } from '../../../../src/engine/claude/key-proxy/prices.ts'
import { answerEvents } from '../../../support/api-server.ts'

/** What is heard of an answer that comes in these pieces. */
function read(contentType: string, pieces: (string | Buffer)[]) {
  const heard: [string | null, CallUsage][] = []
  const meter = createMeter(contentType, (model, usage) => heard.push([model, usage]))
  for (const piece of pieces) meter.push(Buffer.from(piece))
  meter.end()
  return heard
}

const used = { input_tokens: 7, cache_read_input_tokens: 5, output_tokens: 40 }

test('a stream is heard of at its beginning and with its end', () => {
  expect(read('text/event-stream; charset=utf-8', [...answerEvents(used)])).toEqual([
    ['claude-opus-5-5', { ...used, output_tokens: 1 }],
    ['claude-opus-5-5', used],
  ])
})

test('it is the same however the stream is cut into chunks', () => {
  const whole = Buffer.from(answerEvents(used, { type: 'text', text: 'grüße 🌿' }).join(''))
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 20 }), cuts => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
      const pieces = at.slice(1).map((end, i) => whole.subarray(at[i], end))
      expect(read('text/event-stream', pieces).at(-1)).toEqual(['claude-opus-5-5', used])
    }),
  )
})

test.each([{ text: 'x'.repeat(398) }, { name: 'Bash', input: 'x'.repeat(396) }])(
  'what a cut answer said is paid for',
  said => {
    const [start, block] = answerEvents(used, { type: 'text', ...said })
    expect(read('text/event-stream', [start, block]).at(-1)).toEqual([
      'claude-opus-5-5',
      { ...used, output_tokens: 100 },
    ])
  },
)

test('what the end leaves out, or gives as zero, is what the beginning said', () => {
  const [start] = answerEvents(used)
  const end = { type: 'message_delta', usage: { input_tokens: 0, cache_read_input_tokens: null, output_tokens: 9 } }
  const pieces = [start, `event: message_delta\ndata: ${JSON.stringify(end)}\n\n`]
  expect(read('text/event-stream', pieces).at(-1)?.[1]).toEqual({ ...used, output_tokens: 9 })
})

test('an answer in one piece is heard of once it is whole', () => {
  const json = JSON.stringify({ type: 'message', model: 'claude-sonnet-5-5', usage: used })
  expect(read('application/json', [json.slice(0, 9), json.slice(9)])).toEqual([['claude-sonnet-5-5', used]])
})

test.each([
  ['an error', 'application/json', '{"type":"error","error":{"type":"overloaded_error"}}'],
  ['what is no JSON', 'application/json', '<html>'],
  ['a count of tokens', 'application/json', '{"input_tokens":5}'],
  ['another type', 'text/html', '{"model":"m","usage":{"input_tokens":5}}'],
  ['a stream of something else', 'text/event-stream', 'event: message_start\ndata: [1]\n\nevent: ping\ndata: {}\n\n'],
])('%s used nothing', (_, contentType, text) => {
  expect(read(contentType, [text]).flatMap(([, usage]) => Object.values(usage))).toEqual([])
})

test('a line without an end is given up, and nothing breaks', () => {
  const mega = 'x'.repeat(1024 * 1024)
  const pieces = ['data: ', ...Array.from({ length: 20 }, () => mega), '\n\n', ...answerEvents(used)]
  expect(read('text/event-stream', pieces)).toEqual([])
})
