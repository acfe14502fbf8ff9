import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A model on loopback that asks for one Bash call and then says that it is done: it takes no account to try Bash. */
export type OneCallModel = { url: string; stop(): void }

export async function startOneCallModel(command: string): Promise<OneCallModel> {
  const answers = [bashCall(command)]
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of answers.pop() ?? DONE)
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The events of one streamed message with one block, as the Messages API sends them. */
function message(content_block: object, delta: object, stop_reason: string) {
  const usage = { input_tokens: 1, output_tokens: 1 }
  const empty = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'none',
    content: [],
    stop_reason: null,
    usage,
  }
  return [
    { type: 'message_start', message: empty },
    { type: 'content_block_start', index: 0, content_block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason }, usage },
    { type: 'message_stop' },
  ]
}

const bashCall = (command: string) =>
  message(
    { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} },
    { type: 'input_json_delta', partial_json: JSON.stringify({ command, description: 'Try the sandbox' }) },
    'tool_use',
  )

const DONE = message({ type: 'text', text: '' }, { type: 'text_delta', text: 'Done.' }, 'end_turn')
