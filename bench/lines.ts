import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { openDatabase } from '../src/db/connect.ts'
import { type Figure, type Round, seconds } from './figure.ts'
import { withEngine } from './world.ts'

const LINES = 100_000
const PROGRAM = fileURLToPath(new URL('./many-lines-agent.sh', import.meta.url))

/** Log lines a second from one child to the database, against better-sqlite3 inserting the same rows in hundreds. */
export const lines: Figure = {
  kind: 'ratio',
  name: 'log lines of one child to the database',
  unit: 'lines/s',
  floor: 'better-sqlite3 in hundreds',
  reach: 0.5,
  round: async (): Promise<Round> => {
    const dir = await mkdtemp(join(tmpdir(), 'errand-bench-lines-'))
    try {
      const feed = join(dir, 'lines.jsonl')
      await writeFile(feed, output())
      const floor = LINES / (await insertAlone(join(dir, 'floor.db')))
      const delay = monitorEventLoopDelay({ resolution: 1 })
      const agent = { bin: PROGRAM, env: { LANG: feed } }
      const took = await withEngine(agent, 1, run => {
        delay.enable()
        return seconds(() => run(1)).finally(() => delay.disable())
      })
      return { ours: LINES / took, floor, notes: { 'event loop lag p99 ms': delay.percentile(99) / 1e6 } }
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  },
}

const textOf = (i: number) => `line ${i} of a long report, with about as many words as an agent puts into one message`

function output(): string {
  const said = Array.from({ length: LINES - 4 }, (_, i) =>
    JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text: textOf(i) }] } }),
  )
  const result = { type: 'result', subtype: 'success', is_error: false, result: 'done', total_cost_usd: 0.01 }
  return `${said.join('\n')}\n${JSON.stringify(result)}\n`
}

/** The same rows into the same table on the same disk with the same pragmas, and nothing else. */
async function insertAlone(path: string): Promise<number> {
  await (await openDatabase(`sqlite:${path}`)).destroy()
  const driver = new Database(path)
  driver.pragma('synchronous = FULL')
  const insert = driver.prepare('insert into event (job, seq, attempt, at, kind, v, body) values (?, ?, ?, ?, ?, ?, ?)')
  const hundred = driver.transaction((from: number) => {
    for (let i = from; i < from + 100; i += 1)
      insert.run('4x7k2m9q', i, 1, new Date().toISOString(), 'text', 1, JSON.stringify({ text: textOf(i) }))
  })
  const took = await seconds(async () => {
    for (let from = 0; from < LINES; from += 100) hundred(from)
  })
  driver.close()
  return took
}
