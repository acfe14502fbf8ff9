import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { JobView } from '../engine/view.ts'
import { messageOf, UserError } from '../errors.ts'
import { EVENT_KINDS, isFinal, JOB_STATUSES, type JobEvent } from '../job.ts'
import type { Client } from './client.ts'
import { jobPath, readJob } from './job.ts'

/** For how long a server may be away, as while it restarts, before its reader gives up. */
const AWAY_MS = 60_000
const RETRY_MS = 500

const step = z.object({ text: z.string(), state: z.enum(['open', 'doing', 'done']) })
const event = z.looseObject({
  seq: z.int(),
  attempt: z.int(),
  at: z.string(),
  kind: z.enum(EVENT_KINDS),
  text: z.string(),
  status: z.enum(JOB_STATUSES).optional(),
  id: z.string().optional(),
  parent: z.string().optional(),
  steps: z.array(step).optional(),
})

/**
 * Hands on a job's log after a line, each line once, whatever breaks in between, until the job is over; gives the job as
 * it is then. Throws a UserError when the server stays away.
 */
export async function follow(
  { client, clock }: { client: Client; clock: Clock },
  id: string,
  after: number,
  onEvent: (event: JobEvent) => void | Promise<void>,
): Promise<{ body: unknown; view: JobView }> {
  let seq = after
  let awaySince: number | null = null
  for (;;) {
    try {
      for await (const event of readLog(client, id, seq, true)) {
        seq = event.seq
        awaySince = null
        await onEvent(event)
      }
      const job = await readJob(client, jobPath(id))
      if (isFinal(job.view.status)) return job
      awaySince = null
    } catch (error) {
      const now = clock.now().getTime()
      awaySince ??= now
      const mayComeBack = error instanceof UserError && error.kind === 'runtime'
      if (!mayComeBack || now - awaySince > AWAY_MS) throw error
    }
    await clock.sleep(RETRY_MS)
  }
}

/** The lines of a log after one: those that are stored, and with `live` those that come, as long as the connection lasts. */
export async function* readLog(client: Client, id: string, after: number, live: boolean): AsyncGenerator<JobEvent> {
  const query = `format=ndjson&after=${after}&follow=${live ? 1 : 0}`
  const { body } = await client.open(`${jobPath(id)}/logs?${query}`)
  if (body) for await (const line of linesOf(body)) yield event.parse(JSON.parse(line)) as JobEvent
}

/** Throws a UserError where the connection breaks; what follows a job then goes on after the last whole line. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (cause) {
    throw new UserError(`The log broke off (${messageOf(cause)}). Ask for it again.`, { kind: 'runtime', cause })
  }
}
