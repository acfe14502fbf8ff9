import type { Context } from 'hono'
import { z } from 'zod'
import { eventsBefore } from '../../db/event.ts'
import { stillAsks } from '../../engine/card-words.ts'
import { NO_PROGRESS } from '../../engine/progress.ts'
import type { JobView } from '../../engine/view.ts'
import { UserError } from '../../errors.ts'
import { isFinal } from '../../job.ts'
import { jobPage } from './job.tsx'
import type { PageParts } from './parts.ts'
import { progressIn } from './progress-of.ts'
import { show } from './show.ts'

/** Lines of the log that a page brings; its script fetches older ones. */
export const LINES_A_PAGE = 150
const MAX_LINES = 500
/** Fewer lines are brought when they are as large as this, stored. */
export const MAX_BYTES = 1024 * 1024
export const NEWEST = Number.MAX_SAFE_INTEGER

/** Which part of a log an address asks for. */
export const linesAddress = z.object({
  before: z.coerce.number().int().positive().catch(NEWEST),
  limit: z.coerce.number().int().min(1).max(MAX_LINES).catch(LINES_A_PAGE),
})

type Notice = { text: string; status: 200 | 409 }

/** Its job is read before its lines: what comes in between is sent by the stream. */
export async function showJob(c: Context, view: JobView, parts: PageParts, notice?: Notice): Promise<Response> {
  const { engine, db, clock, links } = parts
  const { before } = linesAddress.parse(c.req.query())
  const events = await eventsBefore(db, view.id, before, LINES_A_PAGE, MAX_BYTES)
  const asked = askedWords(c.req.query('asked') ?? '', view)
  const earlier = before !== NEWEST
  const progress = earlier ? NO_PROGRESS : progressIn(events)
  const props = {
    ...{ view, links, events, earlier, progress, now: clock.now(), notice: notice?.text ?? asked },
    ...{ instructions: engine.instructions(), conversation: await engine.conversation(view.conversation) },
  }
  return await show(c, jobPage(props), notice?.status)
}

/** What an action did, once its page is shown again. */
const ASKED = new Map([
  ['cancel', 'The agent was told to stop; the job ends in a moment.'],
  ['answer', 'Your answer is taken; the log below has it.'],
  ['retry', 'It is tried again, afresh; earlier attempts keep their logs.'],
  ['resume', 'It goes on where it stopped.'],
  ['reply', 'Your reply is taken.'],
])
/** What is true of a job that is over, too. */
const ASKED_LATE = new Map([
  ['rate', 'Your word is kept beside the version of the instruction.'],
  ['reply', 'The running job has heard it; the log has it.'],
])

function askedWords(asked: string, view: JobView): string | undefined {
  const words = (isFinal(view.status) ? ASKED_LATE : new Map([...ASKED_LATE, ...ASKED])).get(asked)
  return words && asked === 'reply' ? words + stillAsks(view) : words
}

/** Does it and shows the page of the job that this gives, with what it did; or this one's, with why it could not be done. */
export async function act(
  c: Context,
  view: JobView,
  parts: PageParts,
  asked: string,
  does: () => Promise<JobView>,
): Promise<Response> {
  try {
    const { id } = await does()
    return c.redirect(`${parts.links.job(id)}?asked=${asked}`, 303)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const now = (await parts.engine.job(view.id)) ?? view
    return await showJob(c, now, parts, { text: error.message.replaceAll('`', ''), status: 409 })
  }
}
