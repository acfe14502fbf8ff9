import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../src/clock.ts'
import { type Db, openDatabase } from '../src/db/connect.ts'
import { countJobs } from '../src/db/job.ts'
import { createClaude } from '../src/engine/claude/claude.ts'
import { createEngine, type Engine } from '../src/engine/engine.ts'
import { parseInstruction } from '../src/engine/instructions/parse.ts'
import type { Origin } from '../src/job.ts'
import { createLog } from '../src/log.ts'
import { createRedact } from '../src/redact.ts'
import { NO_SANDBOX, type Sandboxes } from '../src/sandbox.ts'

const ORIGIN: Origin = {
  platform: 'api',
  actor: 'user:api:bench',
  actorName: 'bench',
  place: 'channel:api:bench',
  ref: null,
}

/** Asks an engine of the bench for one job. */
export const oneJob = { instruction: 'bench', inputs: {}, origin: ORIGIN }

/** An engine on a database of its own, unless one is given, whose agent is the given program; gone when the work is done. */
export async function withEngine<T>(
  agent: { bin: string; env?: Record<string, string>; databaseUrl?: string; sandbox?: Sandboxes },
  slots: number,
  work: (run: (jobs: number) => Promise<void>, engine: Engine, db: Db) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-bench-'))
  const db = await openDatabase(agent.databaseUrl ?? `sqlite:${join(dir, 'errand.db')}`)
  const parsed = parseInstruction('bench', '---\ndescription: Bench\n---\nGo')
  if (!parsed.ok) throw new Error('the bench instruction does not load')
  const env = { PATH: process.env.PATH ?? '', ...agent.env }
  const engine = createEngine({
    db,
    agent: createClaude({ bin: agent.bin, model: null, env, account: null, sandbox: agent.sandbox ?? NO_SANDBOX }),
    clock: systemClock,
    log: createLog({ level: 'error', format: 'json', secrets: [] }),
    instructions: () => ({ byName: new Map([['bench', parsed.instruction]]), mistakes: [], mcpServers: new Map() }),
    redact: createRedact([]),
    dataDir: dir,
    outputsDir: join(dir, 'outputs'),
    maxConcurrentJobs: slots,
    jobTimeoutMinutes: 5,
    stallMinutes: 5,
    retentionDays: 0,
    retentionGb: 0,
  })
  await engine.start()
  try {
    return await work(
      async jobs => {
        const before = await countJobs(db, 'succeeded')
        const submit = () => engine.submit(oneJob)
        await Promise.all(Array.from({ length: jobs }, submit))
        while ((await countJobs(db, 'succeeded')) < before + jobs) {
          if ((await countJobs(db, 'failed')) > 0) throw new Error('a bench job failed')
          await delay(5)
        }
      },
      engine,
      db,
    )
  } finally {
    await engine.stop()
    await db.destroy()
    await rm(dir, { recursive: true, force: true })
  }
}
