import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Db } from '../../src/db/connect.ts'
import type { Engine } from '../../src/engine/engine.ts'
import type { JobView } from '../../src/engine/view.ts'
import { isFinal, type JobEvent } from '../../src/job.ts'
import { toEnd } from './world.ts'

/** The processes of any attempt of a job, found by the marker that they inherit. */
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

/** What must hold of a job at its end, whatever happened to it: one end, a log without gaps, nothing left behind. */
export async function expectSound(
  { db, engine }: { db: Db; engine: Engine },
  id: string,
): Promise<{ job: JobView; events: JobEvent[] }> {
  const { job, events } = await toEnd(engine, id)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  expect(events.filter(({ status }) => status && isFinal(status)).map(({ status }) => status)).toEqual([job.status])
  expect(events.filter(({ kind }) => kind === 'result')).toHaveLength(job.status === 'succeeded' ? 1 : 0)
  const attempts = await db.selectFrom('attempt').selectAll().where('job', '=', id).orderBy('n').execute()
  expect(attempts.map(({ n, ended_at }) => [n, ended_at !== null])).toEqual(attempts.map((_, i) => [i + 1, true]))
  expect(attempts.slice(0, -1).every(({ outcome }) => outcome === 'interrupted')).toBe(true)
  expect(job.costUsd).toBeCloseTo(attempts.reduce((sum, { cost_usd }) => sum + cost_usd, 0))
  expect(await db.selectFrom('queue').select('job').where('job', '=', id).execute()).toEqual([])
  for (const { file, sha256 } of job.outputs)
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(sha256)
  expect(processesOf(id)).toEqual([])
  return { job, events }
}
