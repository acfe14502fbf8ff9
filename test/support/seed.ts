import { insertArtifacts } from '../../src/db/artifact.ts'
import type { Db } from '../../src/db/connect.ts'
import { insertConversation } from '../../src/db/conversation.ts'
import { appendEvents, type NewEvent } from '../../src/db/event.ts'
import { keepInstructionVersion } from '../../src/db/instruction-version.ts'
import { insertJob, moveJob } from '../../src/db/job.ts'
import { enqueue } from '../../src/db/queue.ts'
import type { OutputView } from '../../src/engine/view.ts'
import type { EventBody, FailureCode, JobStatus } from '../../src/job.ts'

/** A job as a test wants to find it; times are ISO 8601 UTC. */
export type Seed = {
  id: string
  instruction?: string
  title?: string
  user?: string
  inputs?: Record<string, unknown>
  status?: JobStatus
  at?: string
  endedAt?: string
  costUsd?: number
  failure?: FailureCode
  message?: string
  result?: string
  events?: EventBody[]
  outputs?: OutputView[]
}

/** Puts a job into the tables as if it had come to this, without running it. */
export async function seed(db: Db, job: Seed): Promise<void> {
  const {
    id,
    status = 'queued',
    at = '2026-11-21T10:00:00.000Z',
    endedAt = at,
    user = 'ann',
    instruction = 'brief',
  } = job
  const place = 'channel:test:one'
  await insertConversation(db, {
    ...{ id: `c-${id}`, place, ref: null, at },
    ...{ host: 'here', workspaceUri: 'file:/nowhere', agent: 'claude', sessionStore: 'file:/nowhere' },
  })
  await keepInstructionVersion(db, { sha: instruction, name: instruction, source: '', at })
  await insertJob(db, {
    ...{ id, conversation: `c-${id}`, parent: null, actor: `user:test:${user}`, actor_name: user, place },
    ...{ origin: 'test', instruction, instruction_sha: instruction, title: job.title ?? 'Winter tyres' },
    ...{ inputs: JSON.stringify(job.inputs ?? {}), priority: 0, cause: 'submit', created_at: at },
  })
  if (status === 'queued')
    await enqueue(db, { id, actor: `user:test:${user}`, place, instruction, priority: 0 }, new Date(at))
  else await moveJob(db, id, 'queued', 'running', { attempt: 1, started_at: at })
  const events = (job.events ?? []).map((event): NewEvent => ({ ...event, at }))
  await appendEvents(db, id, 1, events)
  await insertArtifacts(
    db,
    id,
    1,
    (job.outputs ?? []).map(({ file, ...output }) => ({ ...output, store: file })),
  )
  if (status === 'queued' || status === 'running') return
  const { failure = null, message = null, result = null, costUsd = 0 } = job
  await moveJob(db, id, 'running', status, { failure, message, result, cost_usd: costUsd, finished_at: endedAt })
}
