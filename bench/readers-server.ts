import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { CHUNK_MS } from '../src/admin/live/channel.ts'
import { createWriters } from '../src/admin/live/format.ts'
import type { Engine } from '../src/engine/engine.ts'
import type { JobEvent } from '../src/job.ts'
import { openAdmin } from './admin.ts'
import { oneJob, withEngine } from './world.ts'

// Serves one log of 1000 lines a second to whoever comes in the first second, and says what that cost: the whole way of
// the admin server (`live`), or plain node:http that writes the same chunks (`plain`).
const [how, count] = [process.argv[2], Number(process.argv[3])]
const START_MS = 1000

const lineOf = (seq: number): JobEvent => ({
  ...{ seq, attempt: 1, at: new Date().toISOString(), kind: 'text' },
  text: `line ${seq} of a long report, with about as many words as an agent puts into one message`,
})

/** The lines, ten every ten milliseconds. */
async function* produce(): AsyncGenerator<JobEvent> {
  const begun = performance.now() + START_MS
  for (let seq = 1; seq <= count; ) {
    await delay(10)
    while (seq <= count && performance.now() - begun > seq) yield lineOf(seq++)
  }
}

/** Says where it listens, and at the end how many seconds of CPU it took since the first line. */
async function report(url: string): Promise<void> {
  process.send?.(url)
  await delay(START_MS)
  const before = process.cpuUsage()
  await once(process, 'message')
  const { user, system } = process.cpuUsage(before)
  process.send?.((user + system) / 1e6)
  process.disconnect()
}

if (how === 'live')
  await withEngine({ bin: '/bin/true' }, 1, async (_, engine, db) => {
    const { id } = await engine.submit({ ...oneJob, notBefore: new Date(Date.now() + 1e9) })
    const fed: Engine = { ...engine, follow: produce }
    const server = await openAdmin(fed, db)
    await report(`${server.url}/api/jobs/${id}/logs?after=1`)
    await server.stop()
  })
else {
  const { sse } = createWriters(() => '')
  const responses: ServerResponse[] = []
  const server = createServer((_, response) => {
    responses.push(response.writeHead(200, { 'content-type': sse.contentType }))
    response.flushHeaders()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const feeding = (async () => {
    let pending: JobEvent[] = []
    const send = () => {
      const chunk = Buffer.from(sse.lines(pending))
      pending = []
      for (const response of responses) response.write(chunk)
    }
    const timer = setInterval(send, CHUNK_MS)
    for await (const line of produce()) pending.push(line)
    clearInterval(timer)
    send()
    for (const response of responses) response.end()
  })()
  await report(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await feeding
  server.close()
}
