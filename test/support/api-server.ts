import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as the API got it; `body` is there once it has come whole. */
export type Received = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { body: string }
export type Answer = (request: IncomingMessage, response: ServerResponse, n: number) => void | Promise<void>

/** An API on loopback that answers as the test says; gone at the end of the test. */
export async function startApi(answer: Answer): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    const entry: Received = { method, url, headers, body: '' }
    received.push(entry)
    request.on('data', chunk => {
      entry.body += chunk
    })
    void answer(request, response, received.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

type Usage = Record<string, unknown>

/** A streamed answer in its events: its beginning, its text or tool call, and its end with what it used in all. */
export function answerEvents(
  usage: Usage,
  content: object = { type: 'text', text: 'done' },
  model = 'claude-opus-5-5',
) {
  const tool = 'name' in content
  const start = tool ? { ...content, input: {} } : { ...content, text: '' }
  const delta =
    'name' in content
      ? { type: 'input_json_delta', partial_json: JSON.stringify((content as { input?: unknown }).input) }
      : { type: 'text_delta', text: (content as { text?: string }).text }
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null }
  return [
    event('message_start', { message: { ...message, usage: { ...usage, output_tokens: 1 } } }),
    event('content_block_start', { index: 0, content_block: start }) +
      event('content_block_delta', { index: 0, delta }) +
      event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: tool ? 'tool_use' : 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }) + event('message_stop', {}),
  ] as const
}

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

/** Answers with that stream at once, after the whole request has come. */
export const streaming =
  (...given: Parameters<typeof answerEvents>): Answer =>
  async (request, response) => {
    request.resume()
    await once(request, 'end')
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_1' })
    response.end(answerEvents(...given).join(''))
  }

/** Answers with an error in the API's form. */
export const failing =
  (status: number, type: string, headers: Record<string, string> = {}): Answer =>
  (request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ type: 'error', error: { type, message: `scripted ${type}` } }))
  }
