import { z } from '@hono/zod-openapi'
import { FAILURE_CODES, JOB_STATUSES, QUESTION_KINDS } from '../../job.ts'

/** What the API gives, with an example of each; the names are those of the contract. */

const time = z.iso.datetime().openapi({ example: '2026-11-21T10:00:00.000Z' })

export const jobStatus = z.enum(JOB_STATUSES)

export const output = z
  .object({
    path: z.string().openapi({ example: 'brief.md' }),
    bytes: z.number().int(),
    type: z.string().openapi({ example: 'text/markdown' }),
    sha256: z.string(),
    url: z.string().openapi({ example: '/api/jobs/4x7k2m9q/outputs/brief.md' }),
  })
  .openapi('Output')

export const question = z
  .object({
    id: z.string().openapi({ example: '7h3k9m2p' }),
    kind: z.enum(QUESTION_KINDS),
    tool: z.string().openapi({ example: 'Bash' }),
    input: z.record(z.string(), z.unknown()).openapi({ example: { command: 'npm test' } }),
    text: z.string().openapi({ description: 'What is asked, in words; of a plan its whole text.' }),
    questions: z
      .array(
        z.object({
          question: z.string(),
          header: z.string(),
          options: z.array(z.object({ label: z.string(), description: z.string() })),
          multiSelect: z.boolean(),
        }),
      )
      .openapi({ description: 'What a `question` asks, each to be answered by its text.' }),
    answers: z
      .record(z.string(), z.string())
      .openapi({ description: 'What of it is answered so far, where it asks several things at once.' }),
    askedAt: time,
    expiresAt: time,
  })
  .openapi('Question')

export const job = z
  .object({
    id: z.string().openapi({ example: '4x7k2m9q' }),
    instruction: z.string().openapi({ example: 'brief' }),
    instructionSha: z.string().openapi({ description: 'The version of the instruction that it runs.' }),
    title: z.string().openapi({ example: 'Winter tyres' }),
    inputs: z.record(z.string(), z.unknown()).openapi({ example: { topic: 'Winter tyres' } }),
    status: jobStatus,
    failure: z.enum(FAILURE_CODES).nullable(),
    message: z.string().nullable().openapi({ description: 'Why it failed, who cancelled it, or what was left out.' }),
    position: z.number().int().nullable().openapi({ description: 'Its place in the queue, from 1.' }),
    reason: z
      .string()
      .nullable()
      .openapi({ description: 'Why a queued job waits.', example: 'all 4 slots are busy, about 6 min' }),
    estimateSeconds: z
      .number()
      .nullable()
      .openapi({ description: 'In how many seconds a queued job may start; beyond the hundredth place, at least.' }),
    priority: z.number().int(),
    requestedBy: z.object({ platform: z.string(), userId: z.string(), name: z.string() }),
    place: z.string().openapi({ example: 'channel:slack:C024' }),
    attempt: z.number().int(),
    round: z.number().int().openapi({ description: 'One more with each retry and resume of a person.' }),
    conversation: z.string(),
    reply: z.string().nullable().openapi({ description: 'What a follow-up says; null for what runs its instruction.' }),
    parent: z.string().nullable().openapi({ description: 'Of a follow-up the job before it.', example: '4x7k2m9q' }),
    saidInto: z.string().nullable().openapi({
      description: 'The job that has heard this reply in its running turn; nothing of its own is left to go on with.',
    }),
    costUsd: z.number(),
    usage: z
      .object({
        inputTokens: z.number(),
        outputTokens: z.number(),
        cacheReadTokens: z.number(),
        cacheWriteTokens: z.number(),
      })
      .nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    result: z.string().nullable().openapi({ description: "The agent's answer, as Markdown." }),
    questions: z.array(question).openapi({ description: 'What it waits for: the open ones.' }),
    feedback: z.array(z.object({ good: z.boolean(), words: z.string().nullable(), at: time })).openapi({
      description: 'What people think of its result, newest first.',
    }),
    outputs: z.array(output),
  })
  .openapi('Job')
export type ApiJob = z.infer<typeof job>

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().openapi({ description: 'One sentence for a person, with the remedy.' }),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem')

/** The answers of a route: what it gives, and the problems that it may give instead. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { 'application/json': { schema } },
  description,
})
export const problems = (...statuses: number[]) =>
  Object.fromEntries(
    [401, ...statuses].map(status => [
      status,
      { content: { 'application/problem+json': { schema: problemSchema } }, description: WHY[status] ?? 'A problem.' },
    ]),
  )

const WHY: Record<number, string> = {
  400: 'The request cannot be read.',
  401: 'There is no token, or it is wrong.',
  403: 'It is not for you to do.',
  404: 'There is no such thing.',
  409: 'What is there does not allow it.',
  413: 'It is too large.',
  422: 'An input does not fit; `errors` names each.',
}

export const jobParameter = z.object({
  id: z.string().openapi({ param: { name: 'id', in: 'path' }, example: '4x7k2m9q' }),
})
