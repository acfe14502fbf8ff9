import { isJobId } from '../../job.ts'

/** An output of an earlier job, named where a file is asked for. */
export type JobFile = { job: string; path: string }

/** True for a text that was meant as the name of a job's output, whether or not it is a whole one. */
export const isJobFile = (text: string): boolean => text.trimStart().startsWith('job:')

/** Reads `job:<id>/<path>`; null for any other text. The id may have capitals, as phones write it. */
export function parseJobFile(value: string): JobFile | null {
  const [, id = '', path = ''] = /^job:([^/]+)\/(.+)$/s.exec(value.trim()) ?? []
  const job = id.toLowerCase()
  return isJobId(job) ? { job, path } : null
}
