import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../src/clock.ts'
import type { Account } from '../src/config.ts'
import { type Db, openDatabase } from '../src/db/connect.ts'
import { countJobs } from '../src/db/job.ts'
import { createClaude } from '../src/engine/claude/claude.ts'
import { createEngine, type Engine } from '../src/engine/engine.ts'
import type { Instructions } from '../src/engine/instructions/instruction.ts'
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

const parsed = parseInstruction('bench', '---\ndescription: Bench\ninputs:\n  topic: { type: text }\n---\nGo {{topic}}')
const byName = new Map(parsed.ok ? [['bench', parsed.instruction]] : [])

/** The one instruction of the bench; its input is what a card shows. */
export const instructions = (): Instructions => ({ byName, mistakes: [], mcpServers: new Map() })

/** The value below which so many percent of all lie. */
export const atPercent = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor((values.length * percent) / 100))] ??
  Number.NaN

/** An engine on a database of its own, unless one is given, whose agent is the given program; gone when the work is done. */
export async function withEngine<T>(
  agent: { bin: string; env?: Record<string, string>; databaseUrl?: string; account?: Account; sandbox?: Sandboxes },
  slots: number,
  work: (run: (jobs: number) => Promise<void>, engine: Engine, db: Db) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-bench-'))
  const db = await openDatabase(agent.databaseUrl ?? `sqlite:${join(dir, 'errand.db')}`)
  const env = { PATH: process.env.PATH ?? '', ...agent.env }
  const engine = createEngine({
    db,
    agent: createClaude({ account: null, sandbox: NO_SANDBOX, ...agent, model: null, env }),
    clock: systemClock,
    log: createLog({ level: 'error', format: 'json' }),
    instructions,
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
