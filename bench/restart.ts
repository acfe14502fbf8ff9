import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { insertAttempt, setProcess } from '../src/db/attempt.ts'
import type { Db } from '../src/db/connect.ts'
import { endHold, moveJob } from '../src/db/job.ts'
import { enqueue } from '../src/db/queue.ts'
import { keepAlive } from '../src/db/server.ts'
import { processStart } from '../src/engine/process-start.ts'
import { MARKER_VARIABLE } from '../src/engine/reaper.ts'
import type { Figure } from './figure.ts'
import { oneJob, withEngine } from './world.ts'

const QUEUED = 1000
const INTERRUPTED = 20
/** Behind every job that was interrupted. */
const LATE = new Date('2100-01-01T00:00:00.000Z')
const LANE = { actor: 'a', place: 'p', instruction: 'bench', priority: 0 }
const PROGRAM = fileURLToPath(new URL('./trivial-agent.sh', import.meta.url))

/** Milliseconds from the engine's start to its first claim, with what a killed server left: agents that run on. */
export const restart: Figure = {
  kind: 'ceiling',
  name: `restart to the first claim, ${QUEUED} jobs queued and ${INTERRUPTED} interrupted`,
  unit: 'ms',
  atMost: 1000,
  round: async () => {
    const dir = await mkdtemp(join(tmpdir(), 'errand-bench-restart-'))
    const databaseUrl = `sqlite:${join(dir, 'errand.db')}`
    try {
      const server = spawn('sleep', ['600'])
      await withEngine({ bin: PROGRAM, databaseUrl }, 1, async (_, engine, db) => {
        const notBefore = new Date('2099-01-01') // until they are put into the queue, so that nothing runs yet
        for (let i = 0; i < QUEUED + INTERRUPTED; i += 1) await engine.submit({ ...oneJob, notBefore })
        await interrupt(db, Number(server.pid))
      })
      server.kill('SIGKILL')
      await once(server, 'exit')
      const start = performance.now()
      return await withEngine({ bin: PROGRAM, databaseUrl }, INTERRUPTED, async (_, _engine, db) => {
        while (!(await hasClaimed(db))) await delay(1)
        return { ours: performance.now() - start }
      })
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

/** The interrupted jobs stand first in the queue: the first claim is the second attempt of one. */
async function hasClaimed(db: Db): Promise<boolean> {
  return (await db.selectFrom('attempt').select('n').where('n', '=', 2).limit(1).execute()).length > 0
}

/** Makes of the first jobs what a killed server leaves, attempts under a lease whose processes run, and queues the rest. */
async function interrupt(db: Db, pid: number): Promise<void> {
  const owner = { owner: 'killed', host: hostname() }
  await keepAlive(db, { ...owner, pid, pidStart: processStart(pid) }, 30_000)
  const jobs = await db.selectFrom('job').select('id').orderBy('created_at').execute()
  await db.transaction().execute(async trx => {
    for (const { id } of jobs) await endHold(trx, id)
    for (const { id: job } of jobs.slice(INTERRUPTED)) await enqueue(trx, { ...LANE, id: job }, LATE)
    for (const { id } of jobs.slice(0, INTERRUPTED)) await leave(trx, id, owner)
  })
}

async function leave(db: Db, job: string, owner: { owner: string; host: string }): Promise<void> {
  const agent = spawn('sleep', ['600'], { env: { [MARKER_VARIABLE]: `${job}/1` }, detached: true, stdio: 'ignore' })
  const at = new Date().toISOString()
  await moveJob(db, job, 'queued', 'running', { attempt: 1, started_at: at })
  const folders = { workspace: job, session: job }
  await insertAttempt(db, { job, n: 1, cause: 'submit', ...owner, leaseMs: 30_000, ...folders, at })
  await setProcess(db, { job, n: 1 }, Number(agent.pid), processStart(Number(agent.pid)))
  agent.unref()
}
