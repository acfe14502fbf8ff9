import { outputUrl } from '../api/job-json.ts'
import { assetUrl } from '../assets.ts'

/** The addresses of the pages, below the prefix under which the server is reached. */
export type Links = ReturnType<typeof createLinks>

export function createLinks(base: string) {
  const job = (id: string) => `${base}/jobs/${id}`
  const api = (id: string) => `${base}/api/jobs/${id}`
  return {
    now: `${base}/`,
    jobs: `${base}/jobs`,
    waiting: `${base}/jobs?status=waiting`,
    queued: `${base}/jobs?status=queued`,
    files: `${base}/files`,
    schedules: `${base}/schedules`,
    newSchedule: `${base}/schedules/new`,
    schedule: (id: string) => `${base}/schedules/${id}`,
    editSchedule: (id: string) => `${base}/schedules/${id}/edit`,
    scheduleAction: (id: string, action: 'run' | 'pause' | 'resume' | 'remove') => `${base}/schedules/${id}/${action}`,
    instructions: `${base}/instructions`,
    people: `${base}/people`,
    limits: `${base}/limits`,
    tryNow: (pause: string) => `${base}/pauses/${pause}/try`,
    audit: `${base}/audit`,
    login: `${base}/login`,
    logout: `${base}/logout`,
    asset: (name: string) => assetUrl(base, name),
    job,
    cancel: (id: string) => `${job(id)}/cancel`,
    answer: (id: string) => `${job(id)}/answer`,
    retry: (id: string) => `${job(id)}/retry`,
    resume: (id: string) => `${job(id)}/resume`,
    reply: (id: string) => `${job(id)}/reply`,
    rate: (id: string) => `${job(id)}/rate`,
    attempts: (id: string) => `${job(id)}/attempts`,
    /** The form of an instruction: empty, with the inputs of a job, or with outputs of one. */
    run: (instruction: string, query: Readonly<Record<string, string>> = {}) => {
      const search = new URLSearchParams(query).toString()
      return `${base}/run/${instruction}${search && `?${search}`}`
    },
    head: (id: string) => `${job(id)}/head`,
    lines: (id: string) => `${job(id)}/lines`,
    stream: (id: string) => `${api(id)}/logs?format=html`,
    log: (id: string) => `${api(id)}/logs?format=ndjson&follow=0`,
    output: (id: string, path: string, attempt?: number) =>
      outputUrl(base, id, path) + (attempt === undefined ? '' : `?attempt=${attempt}`),
  }
}
