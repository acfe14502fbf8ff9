import { type ApiJob, job } from '../admin/api/schemas.ts'
import { statusText } from '../bot/replies.ts'
import type { JobView } from '../engine/view.ts'
import type { Client } from './client.ts'
import type { Remote } from './verb.ts'

export const jobPath = (id: string): string => `/api/jobs/${encodeURIComponent(id)}`

/** A job as the API gives it: `body` whole, `view` as it is worded everywhere. */
export async function readJob(
  client: Client,
  path: string,
  init?: RequestInit,
): Promise<{ body: unknown; view: JobView }> {
  const { body, value } = await client.read(path, job, init)
  return { body, view: viewOf(value) }
}

/** What the chat and the pages word is worded here by the same functions, from the same shape. */
export function viewOf({ requestedBy, outputs, questions, inputs, ...rest }: ApiJob): JobView {
  const { platform, userId, name } = requestedBy
  return {
    ...rest,
    inputs: inputs as JobView['inputs'],
    platform,
    actor: `user:${platform}:${userId}`,
    actorName: name,
    ref: null,
    sooner: [],
    outputs: outputs.map(({ url, ...output }) => ({ ...output, file: url })),
    questions: questions.map(({ questions: parts, ...question }) => ({ ...question, parts })),
  }
}

/** Says how a job stands that was asked for, and how to follow it. */
export const tellJob = ({ say, clock }: Remote, view: JobView): void =>
  say(`${statusText(view, clock.now())} · errand log -f ${view.id} follows it`)
