import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { eventsBefore } from '../../db/event.ts'
import { NO_PROGRESS } from '../../engine/progress.ts'
import type { JobView } from '../../engine/view.ts'
import { UserError } from '../../errors.ts'
import { isFinal } from '../../job.ts'
import { ADMIN } from '../admin.ts'
import { Chunk, headFragment, jobPage } from './job.tsx'
import { noticePage } from './notice.tsx'
import type { PageParts } from './pages.ts'
import { progressIn } from './progress-of.ts'
import { show } from './show.ts'

/** Lines of the log that a page brings; its script fetches older ones. */
const LINES_A_PAGE = 150
const MAX_LINES = 500
/** Fewer lines are brought when they are as large as this, stored. */
const MAX_BYTES = 1024 * 1024
const NEWEST = Number.MAX_SAFE_INTEGER

/** One job's page, the parts of it that its script fetches anew, and its cancel. */
export function jobRoutes(parts: PageParts): Hono {
  const app = new Hono()
  const missing = (c: Context) =>
    show(c, noticePage(parts.links, 'There is no such job', 'No job has this id. Search for it by its title.'), 404)
  const withJob =
    (answer: (c: Context, view: JobView, parts: PageParts) => Promise<Response>) => async (c: Context) => {
      const view = await parts.engine.job(c.req.param('id') ?? '')
      return view ? await answer(c, view, parts) : await missing(c)
    }
  app.get('/:id', withJob(showJob))
  app.get('/:id/head', withJob(showHead))
  app.get('/:id/lines', withJob(showLines))
  app.post('/:id/cancel', withJob(cancel))
  return app
}

const linesAddress = z.object({
  before: z.coerce.number().int().positive().catch(NEWEST),
  limit: z.coerce.number().int().min(1).max(MAX_LINES).catch(LINES_A_PAGE),
})

type Notice = { text: string; status: 200 | 409 }

/** Its job is read before its lines: what comes in between is sent by the stream. */
async function showJob(c: Context, view: JobView, { db, clock, links }: PageParts, notice?: Notice): Promise<Response> {
  const { before } = linesAddress.parse(c.req.query())
  const events = await eventsBefore(db, view.id, before, LINES_A_PAGE, MAX_BYTES)
  const asked = c.req.query('asked') === 'cancel' && !isFinal(view.status) ? CANCEL_ASKED : undefined
  const earlier = before !== NEWEST
  const progress = earlier ? NO_PROGRESS : progressIn(events)
  const props = { view, links, events, earlier, progress, now: clock.now(), notice: notice?.text ?? asked }
  return await show(c, jobPage(props), notice?.status)
}

const CANCEL_ASKED = 'The agent was told to stop; the job ends in a moment.'

async function showHead(c: Context, view: JobView, { db, clock, links }: PageParts): Promise<Response> {
  const progress = progressIn(await eventsBefore(db, view.id, NEWEST, LINES_A_PAGE, MAX_BYTES))
  return await show(c, headFragment({ view, links, progress, now: clock.now() }))
}

async function showLines(c: Context, view: JobView, { db }: PageParts): Promise<Response> {
  const { before, limit } = linesAddress.parse(c.req.query())
  return await show(c, <Chunk events={await eventsBefore(db, view.id, before, limit, MAX_BYTES)} />)
}

async function cancel(c: Context, view: JobView, parts: PageParts): Promise<Response> {
  try {
    await parts.engine.cancel(view.id, ADMIN)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const now = (await parts.engine.job(view.id)) ?? view
    return await showJob(c, now, parts, { text: error.message.replaceAll('`', ''), status: 409 })
  }
  return c.redirect(`${parts.links.job(view.id)}?asked=cancel`, 303)
}
