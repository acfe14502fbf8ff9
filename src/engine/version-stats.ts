import type { Db } from '../db/connect.ts'
import { secondsAtWork } from '../db/durations.ts'
import { type Feedback, feedbackOn } from '../db/feedback.ts'
import type { JobRow } from '../db/job.ts'
import { listJobs } from '../db/job-list.ts'
import { isFinal } from '../job.ts'

/** What a version of an instruction came to, in the jobs that are counted. */
export type VersionStats = {
  sha: string
  /** When the newest and the oldest of its jobs were asked for, as ISO 8601 UTC. */
  last: string
  first: string
  jobs: number
  succeeded: number
  /** Of a job that succeeded, on average; null without one. */
  costUsd: number | null
  /** What it waited for, a limit or an answer, is left out. */
  durationMs: number | null
  good: number
  bad: number
  /** What people wrote, newest first. */
  words: readonly { good: boolean; text: string; job: string; at: string }[]
}

/** How many of an instruction's newest jobs are counted: to count all of them would take the longer the more there are. */
export const COUNTED = 500

const WORDS = 10

/** The versions of an instruction, the one that ran last first. Follow-ups count to the version whose rules they had. */
export async function versionStats(db: Db, instruction: string): Promise<VersionStats[]> {
  const { rows } = await listJobs(db, { instruction, limit: COUNTED })
  const ended = rows.filter(({ status }) => isFinal(status))
  const feedback = await feedbackOn(
    db,
    ended.map(({ id }) => id),
  )
  const done = ended.filter(({ status }) => status === 'succeeded')
  const seconds = await secondsAtWork(db, done)
  const shas = [...new Set(ended.map(job => job.instruction_sha))]
  return shas.map(sha =>
    statsOf(
      sha,
      ended.filter(job => job.instruction_sha === sha),
      feedback,
      seconds,
    ),
  )
}

/** `jobs`: newest first; `seconds`: at work, of those that succeeded. */
function statsOf(
  sha: string,
  jobs: readonly JobRow[],
  feedback: readonly Feedback[],
  seconds: ReadonlyMap<string, number>,
): VersionStats {
  const ids = new Set(jobs.map(({ id }) => id))
  const said = feedback.filter(({ job }) => ids.has(job))
  const done = jobs.filter(({ status }) => status === 'succeeded')
  const durations = done.map(({ id }) => (seconds.get(id) ?? 0) * 1000)
  const good = said.filter(one => one.good === 1).length
  const words = said.flatMap(({ words: text, good, job, at }) => (text ? [{ good: good === 1, text, job, at }] : []))
  return {
    sha,
    ...{ last: jobs[0]?.created_at ?? '', first: jobs.at(-1)?.created_at ?? '' },
    ...{ jobs: jobs.length, succeeded: done.length },
    ...{ costUsd: mean(done.map(job => job.cost_usd)), durationMs: mean(durations) },
    ...{ good, bad: said.length - good, words: words.slice(0, WORDS) },
  }
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
