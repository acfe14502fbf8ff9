import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CeilingFigure } from './figure.ts'
import type { Grown } from './memory-server.ts'

const SERVER = fileURLToPath(new URL('./memory-server.ts', import.meta.url))

/** What a job's log of 1 GB leaves behind in the server's memory. */
export const longLog: CeilingFigure = {
  kind: 'ceiling',
  name: 'memory kept after a log of 1 GB',
  unit: 'MB',
  atMost: 30,
  round: async () => {
    const { kept, peak } = await measureIn('log')
    return { ours: kept, notes: { 'at its peak': peak } }
  },
}

/** What the server's memory grows by while the agent prints one line of 100 MB. */
export const longLine: CeilingFigure = {
  kind: 'ceiling',
  name: 'memory at its peak during a line of 100 MB',
  unit: 'MB',
  atMost: 40,
  round: async () => {
    const { kept, peak } = await measureIn('line')
    return { ours: peak, notes: { 'kept afterwards': kept } }
  },
}

/** Runs the load in a process of its own, which no other figure has grown. */
async function measureIn(load: 'log' | 'line'): Promise<Grown> {
  const server = fork(SERVER, [load], { execArgv: [...process.execArgv, '--expose-gc'] })
  const ended = once(server, 'exit')
  const [grown] = await Promise.race([once(server, 'message'), ended.then(() => [null])])
  await ended
  if (grown === null) throw new Error(`the server of the ${load} ended without a figure`)
  return grown as Grown
}
