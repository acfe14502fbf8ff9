import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openKeyProxy } from '../src/engine/claude/key-proxy/key-proxy.ts'
import { type Figure, median, seconds } from './figure.ts'

const CALLS = 500
/** The size of the CLI's first request; each is read, as it is for an agent without a network. */
const BODY = JSON.stringify({ model: 'claude-opus-5-5', text: 'x'.repeat(49_000) })
const DELTAS = 50

/**
 * Milliseconds that the proxy adds to a call, one after the other, against the same calls to the same server without
 * it. All three ends share one process here, so a real call waits for less.
 */
export const keyProxy: Figure = {
  kind: 'ceiling',
  name: 'added to a call by the key proxy',
  unit: 'ms',
  atMost: 2,
  round: async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (const event of EVENTS) response.write(event)
        response.end()
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const proxy = await openKeyProxy(
      { kind: 'key', secret: 'k', baseUrl: url },
      { capUsd: null, confined: { search: false }, isFunded: () => true, onCall: () => {} },
    )
    const { ANTHROPIC_BASE_URL: proxied = '', ANTHROPIC_API_KEY: token = '' } = proxy.env
    try {
      const [direct, through]: [number[], number[]] = [[], []]
      for (let i = 0; i < CALLS; i += 1) {
        direct.push(1000 * (await seconds(() => call(url, token))))
        through.push(1000 * (await seconds(() => call(proxied, token))))
      }
      const floor = median(direct)
      return { ours: median(through) - floor, notes: { 'floor: the call itself, ms': floor } }
    } finally {
      await proxy.close()
      server.close()
      server.closeAllConnections()
    }
  },
}

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
const EVENTS = [
  event('message_start', { message: { model: 'claude-opus-5-5', usage: { input_tokens: 5000, output_tokens: 1 } } }),
  ...Array.from({ length: DELTAS }, (_, index) =>
    event('content_block_delta', { index, delta: { type: 'text_delta', text: 'some words of an answer' } }),
  ),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 500 } }),
]

async function call(url: string, token: string): Promise<void> {
  const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': token }, body: BODY })
  const text = await response.text()
  if (response.status !== 200 || !text.includes('message_delta')) throw new Error(`the call failed: ${text}`)
}
