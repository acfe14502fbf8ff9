import { open, openAdmin, TOKEN } from './admin.ts'
import { type CeilingFigure, seconds } from './figure.ts'
import { storedJobs } from './stored-jobs.ts'
import { oneJob, withEngine } from './world.ts'

const JOBS = 1_000_000
const REQUESTS = 500

type Ask = (url: string, id: string) => Promise<unknown>

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
const body = JSON.stringify({ instruction: 'bench', inputs: {}, notBefore: '2099-01-01T00:00:00Z' })

/** Milliseconds of the slowest request but one in a hundred, one after the other, over a million stored jobs. */
const slowest = (name: string, atMost: number, ask: Ask): CeilingFigure => ({
  kind: 'ceiling',
  name: `${name} at 1 M jobs, p99`,
  unit: 'ms',
  atMost,
  round: async () => {
    const seed = await storedJobs(JOBS)
    return await withEngine({ bin: '/bin/true', databaseUrl: seed }, 1, async (_, engine, db) => {
      const server = await openAdmin(engine, db)
      const { id } = await engine.submit({ ...oneJob, notBefore: new Date('2099-01-01') })
      const times: number[] = []
      for (let i = 0; i < REQUESTS; i += 1) times.push(1000 * (await seconds(() => ask(server.url, id))))
      await server.stop()
      times.sort((a, b) => a - b)
      return { ours: times[Math.floor(REQUESTS * 0.99)] ?? Number.NaN, notes: { median: times[REQUESTS / 2] ?? 0 } }
    })
  },
})

const read = async (response: Response) => {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return await response.text()
}

export const listJobs = slowest('GET /api/jobs', 5, async url => read(await fetch(`${url}/api/jobs`, { headers })))
export const postJob = slowest('POST /api/jobs', 10, async url =>
  read(await fetch(`${url}/api/jobs`, { method: 'POST', headers, body })),
)
export const firstByte = slowest('the first byte of a live log', 20, async (url, id) => {
  const response = await open(`${url}/api/jobs/${id}/logs`)
  await new Promise(resolve => response.once('data', resolve))
  response.destroy()
})
