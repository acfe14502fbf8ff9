import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { attemptsOf } from '../../db/attempt-list.ts'
import { eventsBefore, eventsOfAttempt } from '../../db/event.ts'
import { type JobView, outputsOf, viewQuestion } from '../../engine/view.ts'
import { UserError } from '../../errors.ts'
import { ADMIN } from '../admin.ts'
import { MAX_BODY_BYTES } from '../uploads.ts'
import { NAMES, saidByForm } from './answer-form.ts'
import { attemptsPage } from './attempts.tsx'
import { rate, reopen, reply } from './go-on-pages.ts'
import { Chunk, headFragment } from './job.tsx'
import { noticePage } from './notice.tsx'
import type { PageParts } from './parts.ts'
import { progressIn } from './progress-of.ts'
import { show } from './show.ts'
import { act, LINES_A_PAGE, linesAddress, MAX_BYTES, NEWEST, showJob } from './show-job.ts'

/** An answer, or a command that was edited. */
const MAX_FORM_BYTES = 1_000_000
/** More would not stand beside each other. */
const ATTEMPTS_SHOWN = 4

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
  app.get('/:id/attempts', withJob(showAttempts))
  app.post('/:id/cancel', withJob(cancel))
  app.post('/:id/answer', bodyLimit({ maxSize: MAX_FORM_BYTES }), withJob(answer))
  for (const cause of ['retry', 'resume'] as const) app.post(`/:id/${cause}`, withJob(reopen(cause)))
  app.post('/:id/rate', bodyLimit({ maxSize: MAX_FORM_BYTES }), withJob(rate))
  app.post('/:id/reply', bodyLimit({ maxSize: MAX_BODY_BYTES }), withJob(reply))
  return app
}

async function showHead(c: Context, view: JobView, { engine, db, clock, links }: PageParts): Promise<Response> {
  const progress = progressIn(await eventsBefore(db, view.id, NEWEST, LINES_A_PAGE, MAX_BYTES))
  const conversation = await engine.conversation(view.conversation)
  const instructions = engine.instructions()
  return await show(c, headFragment({ view, links, progress, now: clock.now(), instructions, conversation }))
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
    return await parts.engine.answer(question.id, saidByForm(form, shown, question.input), ADMIN)
  })

async function showAttempts(c: Context, view: JobView, { db, links }: PageParts): Promise<Response> {
  const attempts = await Promise.all(
    (await attemptsOf(db, view.id, ATTEMPTS_SHOWN)).map(async attempt => ({
      attempt,
      events: await eventsOfAttempt(db, view.id, attempt.n, LINES_A_PAGE),
      outputs: await outputsOf(db, view.id, attempt.n),
    })),
  )
  return await show(c, attemptsPage({ view, links, attempts }))
}
