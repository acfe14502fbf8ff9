import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createWriters } from '../../../src/admin/live/format.ts'
import { openReader } from '../../../src/admin/live/reader.ts'

test('a slow reader that still takes the end of a log gets nothing after it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const asked = get({ port: (server.address() as AddressInfo).port, agent: false })
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  const broke = vi.fn()
  response.on('error', broke)
  const reader = openReader(response, createWriters(() => '').sse)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const text = Buffer.alloc(16 * 1024 * 1024, 'x')
  reader.send(text)
  reader.end()
  vi.advanceTimersByTime(60_000)
  let bytes = 0
  for await (const chunk of answer) bytes += (chunk as Buffer).length
  expect(broke).not.toHaveBeenCalled()
  expect(bytes).toBe(text.length)
})
