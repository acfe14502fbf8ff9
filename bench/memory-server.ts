import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withEngine } from './world.ts'

/** By how many MB the resident memory grew: for good, and at its peak. */
export type Grown = { kept: number; peak: number }

const PROGRAM = fileURLToPath(new URL('./repeating-agent.sh', import.meta.url))

/** What the agent prints: the piece, of about 1 MB, many times between a beginning and an end. */
type Load = { begin: string; piece: string; end: string; times: number }

const said = (text: string) => JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })
const RESULT = `${JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: 'done' })}\n`

/** Half of it in lines of 1 kB, half in lines of 100 kB. */
function log(times: number): Load {
  const lines = [...Array<string>(5).fill('x'.repeat(100_000)), ...Array<string>(450).fill('x'.repeat(1000))]
  return { begin: '', piece: `${lines.map(said).join('\n')}\n`, end: RESULT, times }
}

function line(times: number): Load {
  const [begin = '', end = ''] = said('|').split('|')
  return { begin, piece: 'x'.repeat(1e6), end: `${end}\n${RESULT}`, times }
}

async function measure(load: Load): Promise<Grown> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-bench-memory-'))
  const setUp = async (next: Load) => {
    for (const [name, content] of Object.entries(next)) await writeFile(join(dir, name), String(content))
  }
  try {
    return await withEngine({ bin: PROGRAM, env: { LANG: dir } }, 1, async run => {
      await setUp(log(20)) // before: a server that has been at work, with its code compiled and its caches filled
      await run(1)
      const before = await settled()
      await setUp(load)
      const peak = await peakDuring(() => run(1))
      return { kept: (await settled()) - before, peak: peak - before }
    })
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** The resident memory in MB when everything that can be given back has been. */
async function settled(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    global.gc?.()
    await delay(200)
  }
  return process.memoryUsage.rss() / 1e6
}

/** The highest resident memory in MB; exact when it is the highest of the process, else of samples. */
async function peakDuring(work: () => Promise<void>): Promise<number> {
  const highest = () => process.resourceUsage().maxRSS * 1.024e-3
  const earlier = highest()
  let sampled = 0
  const timer = setInterval(() => {
    sampled = Math.max(sampled, process.memoryUsage.rss() / 1e6)
  }, 5)
  await work()
  clearInterval(timer)
  return highest() > earlier ? highest() : sampled
}

process.send?.(await measure(process.argv[2] === 'line' ? line(100) : log(1000)))
