import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import pLimit from 'p-limit'
import { type Figure, seconds } from './figure.ts'
import { withEngine } from './world.ts'

const JOBS = 200
const PROGRAM = fileURLToPath(new URL('./trivial-agent.sh', import.meta.url))

/** Trivial jobs a second from submit to stored end, against the same program run by execa alone. */
export const jobs = (concurrency: number): Figure => ({
  kind: 'ratio',
  name: `trivial jobs, ${concurrency} at once`,
  unit: 'jobs/s',
  floor: 'execa, raw stdout',
  reach: 0.7,
  round: async () => ({
    floor: JOBS / (await seconds(() => spawnAll(concurrency))),
    ours: JOBS / (await withEngine({ bin: PROGRAM }, concurrency, run => seconds(() => run(JOBS)))),
  }),
})

async function spawnAll(concurrency: number): Promise<void> {
  const limit = pLimit(concurrency)
  await Promise.all(Array.from({ length: JOBS }, () => limit(spawnOne)))
}

async function spawnOne(): Promise<number> {
  const child = execa(PROGRAM, [], { buffer: false, reject: false })
  let bytes = 0
  for await (const chunk of child.stdout) bytes += (chunk as Buffer).length
  await child
  if (bytes === 0) throw new Error('the program printed nothing')
  return bytes
}
