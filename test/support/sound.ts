import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Db } from '../../src/db/connect.ts'
import type { Engine } from '../../src/engine/engine.ts'
import type { JobView } from '../../src/engine/view.ts'
import { isFinal, type JobEvent } from '../../src/job.ts'
import { toEnd } from './world.ts'

/** The processes of any attempt of a job, found by the marker that they inherit, whichever data folder it names. */
export function processesOf(job: string): number[] {
  const entry = `ERRAND_ATTEMPT=${job}/`
  const environment = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    } catch {
      return []
    }
  }
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.filter(pid => environment(pid).some(text => text.startsWith(entry))).map(Number)
}

/** What must hold of a job at its end, whatever happened to it: one end each time that it was asked for, a log without gaps, nothing left behind. */
export async function expectSound(
  { db, engine }: { db: Db; engine: Engine },
  id: string,
): Promise<{ job: JobView; events: JobEvent[] }> {
  const { job, events } = await toEnd(engine, id)
  deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, i) => i + 1),
  )
  const ends = events.filter(({ status }) => status && isFinal(status)).map(({ status }) => status)
  deepEqual([ends.length, ends.at(-1)], [job.round, job.status])
  equal(events.filter(({ kind }) => kind === 'result').length, job.status === 'succeeded' ? 1 : 0)
  const attempts = await db.selectFrom('attempt').selectAll().where('job', '=', id).orderBy('n').execute()
  deepEqual(
    attempts.map(({ n, ended_at }) => [n, ended_at !== null]),
    attempts.map((_, i) => [i + 1, true]),
  )
  // Another one comes after an interruption, or when a person takes the job on.
  const goesOn = attempts.slice(0, -1).map(({ outcome }, i) => outcome === 'interrupted' || attempts[i + 1]?.cause)
  ok(
    goesOn.every(how => how === true || how === 'retry' || how === 'resume'),
    `attempts of ${id}: ${goesOn}`,
  )
  const cost = attempts.reduce((sum, { cost_usd }) => sum + cost_usd, 0)
  ok(Math.abs(job.costUsd - cost) < 1e-6, `the job costs ${job.costUsd}, its attempts ${cost}`)
  deepEqual(await db.selectFrom('queue').select('job').where('job', '=', id).execute(), [])
  for (const { file, sha256 } of job.outputs)
    equal(createHash('sha256').update(readFileSync(file)).digest('hex'), sha256)
  deepEqual(processesOf(id), [])
  return { job, events }
}
