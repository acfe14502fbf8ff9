import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from '../src/config.ts'
import type { Sandbox } from '../src/sandbox.ts'
import { type CeilingFigure, seconds } from './figure.ts'
import { withEngine } from './world.ts'

const LINES = new URL('./trivial-agent.jsonl', import.meta.url)
const JOBS = 50

/** Never called: with an account an agent has the model alone in bubblewrap, and no other network. */
const ACCOUNT: Account = { kind: 'key', secret: 'none', baseUrl: 'http://127.0.0.1' }

/** What one trivial attempt costs more in bubblewrap, from submit to stored end, one after the other. */
export const sandbox: CeilingFigure = {
  kind: 'ceiling',
  name: 'what an attempt costs more in the sandbox',
  unit: 'ms',
  atMost: 30,
  round: async () => {
    const dir = await mkdtemp(join(tmpdir(), 'errand-bench-agent-'))
    try {
      const bin = await writeAgent(dir)
      const without = await millisecondsOfOne(bin, 'off')
      const within = await millisecondsOfOne(bin, 'bwrap')
      return { ours: within - without, notes: { 'ms without': without, 'ms within': within } }
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

/** The trivial agent as one file, since nothing beside it is seen in the sandbox. */
async function writeAgent(dir: string): Promise<string> {
  const bin = join(dir, 'agent.sh')
  await writeFile(bin, `#!/bin/sh\nexec cat <<'END'\n${await readFile(LINES, 'utf8')}END\n`)
  await chmod(bin, 0o755)
  return bin
}

const millisecondsOfOne = (bin: string, inForce: Sandbox): Promise<number> =>
  withEngine(
    {
      bin,
      account: ACCOUNT,
      sandbox: { inForce, faults: { bwrap: null, cli: null }, needsNetwork: false, hidden: [] },
    },
    1,
    async run => {
      await run(5)
      return (1000 / JOBS) * (await seconds(() => run(JOBS)))
    },
  )
