import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { CHUNK_MS } from '../src/admin/live/channel.ts'
import { linesOf, open, openAdmin } from './admin.ts'
import type { CeilingFigure, Figure, Round } from './figure.ts'
import { oneJob, withEngine } from './world.ts'

const CLOCK = fileURLToPath(new URL('./clock-agent.sh', import.meta.url))
const READERS_SERVER = fileURLToPath(new URL('./readers-server.ts', import.meta.url))
const READERS = 200
const LINES = 6000

/** Milliseconds from an agent's write to a reader's eyes: through the log's table and the live stream. */
const lag = (percent: 50 | 99, chunks: number): CeilingFigure => ({
  kind: 'ceiling',
  name: `an agent's line to one live reader, p${percent}`,
  unit: 'ms',
  atMost: chunks * CHUNK_MS,
  round: () =>
    withEngine({ bin: CLOCK }, 1, async (_, engine, db) => {
      const server = await openAdmin(engine, db)
      const lags: number[] = []
      const { id } = await engine.submit(oneJob)
      for await (const line of linesOf(await open(`${server.url}/api/jobs/${id}/logs`))) {
        const event = line.startsWith('data: {"seq"')
          ? (JSON.parse(line.slice(6)) as { kind: string; text: string })
          : null
        if (event?.kind === 'text') lags.push(Date.now() - Number(event.text))
      }
      await server.stop()
      lags.sort((a, b) => a - b)
      return { ours: lags[Math.floor((lags.length * percent) / 100)] ?? Number.NaN, notes: { lines: lags.length } }
    }),
})
export const lagMedian = lag(50, 1)
export const lagTail = lag(99, 2)

/** What 200 readers of 1000 lines a second cost the server, against plain node:http that writes the same chunks. */
export const readers: Figure = {
  kind: 'ratio',
  name: '200 readers of 1000 lines/s, per second of CPU',
  unit: 's',
  floor: 'plain node:http',
  reach: 0.67, // one and a half times its CPU
  round: async (): Promise<Round> => ({ ours: 1 / (await cpuOf('live')), floor: 1 / (await cpuOf('plain')) }),
}

/** Seconds of CPU of a server in a process of its own, once every reader has every line. */
async function cpuOf(how: 'live' | 'plain'): Promise<number> {
  const server = fork(READERS_SERVER, [how, String(LINES)])
  const [url] = (await once(server, 'message')) as [string]
  const reading = Array.from({ length: READERS }, async () => {
    let lines = 0
    for await (const line of linesOf(await open(url))) if (line.startsWith('id: ')) lines += 1
    return lines
  })
  const used = once(server, 'message')
  const counts = new Set(await Promise.all(reading))
  if (counts.size !== 1 || !counts.has(LINES))
    throw new Error(`readers got ${[...counts].join(', ')} of ${LINES} lines`)
  server.send('done')
  const [seconds] = (await used) as [number]
  await once(server, 'exit')
  return seconds
}
