import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { eventsBefore } from '../../db/event.ts'
import { NO_PROGRESS } from '../../engine/progress.ts'
import { type JobView, viewQuestion } from '../../engine/view.ts'
import { UserError } from '../../errors.ts'
import { isFinal } from '../../job.ts'
import { ADMIN } from '../admin.ts'
import { NAMES, saidByForm } from './answer-form.ts'
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
/** An answer, or a command that was edited. */
const MAX_FORM_BYTES = 1_000_000
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
  app.post('/:id/answer', bodyLimit({ maxSize: MAX_FORM_BYTES }), withJob(answer))
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
  const asked = isFinal(view.status) ? undefined : ASKED.get(c.req.query('asked') ?? '')
  const earlier = before !== NEWEST
  const progress = earlier ? NO_PROGRESS : progressIn(events)
  const props = { view, links, events, earlier, progress, now: clock.now(), notice: notice?.text ?? asked }
  return await show(c, jobPage(props), notice?.status)
}

/** What an action did, once its page is shown again. */
const ASKED = new Map([
  ['cancel', 'The agent was told to stop; the job ends in a moment.'],
  ['answer', 'Your answer is taken; the log below has it.'],
])

async function showHead(c: Context, view: JobView, { db, clock, links }: PageParts): Promise<Response> {
  const progress = progressIn(await eventsBefore(db, view.id, NEWEST, LINES_A_PAGE, MAX_BYTES))
  return await show(c, headFragment({ view, links, progress, now: clock.now() }))
}

async function showLines(c: Context, view: JobView, { db }: PageParts): Promise<Response> {
  const { before, limit } = linesAddress.parse(c.req.query())
  return await show(c, <Chunk events={await eventsBefore(db, view.id, before, limit, MAX_BYTES)} />)
}

const cancel = (c: Context, view: JobView, parts: PageParts): Promise<Response> =>
  act(c, view, parts, 'cancel', () => parts.engine.cancel(view.id, ADMIN))

const answer = (c: Context, view: JobView, parts: PageParts): Promise<Response> =>
  act(c, view, parts, 'answer', async () => {
    const form = new URLSearchParams(await c.req.text())
    const question = await parts.engine.question(form.get(NAMES.question) ?? '')
    if (question?.job !== view.id) throw new UserError('This job does not ask that.')
    const shown = view.questions.find(({ id }) => id === question.id) ?? viewQuestion(question)
    await parts.engine.answer(question.id, saidByForm(form, shown, question.input), ADMIN)
  })

/** Does it and shows the page again, with what that did or why it could not be done. */
async function act(
  c: Context,
  view: JobView,
  parts: PageParts,
  asked: string,
  does: () => Promise<unknown>,
): Promise<Response> {
  try {
    await does()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const now = (await parts.engine.job(view.id)) ?? view
    return await showJob(c, now, parts, { text: error.message.replaceAll('`', ''), status: 409 })
  }
  return c.redirect(`${parts.links.job(view.id)}?asked=${asked}`, 303)
}
