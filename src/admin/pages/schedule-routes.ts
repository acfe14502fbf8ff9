import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { InputDefinition } from '../../engine/instructions/inputs.ts'
import { type Problem, UserError } from '../../errors.ts'
import { ADMIN } from '../admin.ts'
import { cursorParameter, cursorText } from '../cursor.ts'
import { badAddress } from './address.ts'
import { noticePage } from './notice.tsx'
import type { PageParts } from './parts.ts'
import { schedulePage } from './schedule.tsx'
import { draftOf, formOf, newForm, readForm, type ScheduleForm } from './schedule-draft.ts'
import { scheduleFormPage } from './schedule-form.tsx'
import { schedulesPage } from './schedules.tsx'
import { show } from './show.ts'

const A_PAGE = 50
const RUNS_SHOWN = 50
const MAX_FORM_BYTES = 1_000_000

/** The pages about schedules: the list, a new one, one with its history, and that one changed. */
export function scheduleRoutes(parts: PageParts): Hono {
  const app = new Hono()
  app.get('/', c => showAll(c, parts))
  app.get('/new', async c => {
    const name = c.req.query('instruction')
    if (!name) return c.redirect(parts.links.schedules) // where one is chosen
    return await showForm(c, parts, newForm(name, inputsOf(parts, name)))
  })
  app.post('/', bodyLimit({ maxSize: MAX_FORM_BYTES }), c => take(c, parts))
  app.get('/:id', c => showOne(c, parts))
  app.get('/:id/edit', c => edit(c, parts))
  app.post('/:id/edit', bodyLimit({ maxSize: MAX_FORM_BYTES }), c => take(c, parts))
  app.post('/:id/:action', c => act(c, parts))
  return app
}

const address = z.object({ cursor: cursorParameter.optional() })

async function showAll(c: Context, { engine, links }: PageParts): Promise<Response> {
  const asked = address.safeParse(c.req.query())
  if (!asked.success) return await badAddress(c, links, asked.error)
  const { cursor: after } = asked.data
  const { schedules, next } = await engine.schedules.list({ limit: A_PAGE, after })
  const withRuns = schedules.map(async view => ({ view, runs: await engine.schedules.runs(view.id, RUNS_SHOWN) }))
  const props = {
    links,
    schedules: await Promise.all(withRuns),
    instructions: [...engine.instructions().byName.keys()].sort(),
    next: next && cursorText(next),
    further: after !== undefined,
  }
  return await show(c, schedulesPage(props))
}

/** What the form asks for: a schedule takes no files. */
const inputsOf = ({ engine }: PageParts, instruction: string): InputDefinition[] =>
  (engine.instructions().byName.get(instruction)?.inputs ?? []).filter(({ type }) => type !== 'file')

type Said = { problems?: readonly Problem[]; preview?: { nextRuns: readonly string[]; timezone: string } }

async function showForm(c: Context, parts: PageParts, form: ScheduleForm, said: Said = {}): Promise<Response> {
  const { engine, links } = parts
  const instruction = engine.instructions().byName.get(form.instruction)
  if (!instruction) return await missing(c, parts, 'There is no such instruction', 'Choose one on the page Schedules.')
  const { problems = [], preview = null } = said
  const inputs = inputsOf(parts, form.instruction)
  const { defaultTimezone } = engine.schedules
  const id = c.req.param('id') ?? null
  const props = { links, instruction, inputs, form, problems, preview, defaultTimezone, id }
  return await show(c, scheduleFormPage(props), problems.length > 0 ? 422 : 200)
}

async function edit(c: Context, parts: PageParts): Promise<Response> {
  const view = await parts.engine.schedules.one(c.req.param('id') ?? '')
  return view ? await showForm(c, parts, formOf(view, inputsOf(parts, view.instruction))) : await gone(c, parts)
}

/** Saves only what has been shown: the button for that comes with the next runs. */
async function take(c: Context, parts: PageParts): Promise<Response> {
  const { schedules } = parts.engine
  const sent = new URLSearchParams(await c.req.text())
  const form = readForm(sent, inputsOf(parts, sent.get('instruction') ?? ''))
  try {
    if (sent.get('save') !== '1')
      return await showForm(c, parts, form, { preview: await schedules.preview(draftOf(form), ADMIN) })
    const edited = c.req.param('id')
    const { id } = await (edited === undefined
      ? schedules.add(draftOf(form), ADMIN)
      : schedules.change(edited, draftOf(form), ADMIN))
    return c.redirect(parts.links.schedule(id), 303)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const problems = error.problems.length > 0 ? error.problems : [{ field: 'instruction', message: error.message }]
    return await showForm(c, parts, form, { problems })
  }
}

async function showOne(c: Context, parts: PageParts, notice?: string): Promise<Response> {
  const { engine, links } = parts
  const id = c.req.param('id') ?? ''
  const view = await engine.schedules.one(id)
  if (!view) return await gone(c, parts)
  const runs = await engine.schedules.runs(id, RUNS_SHOWN)
  return await show(c, schedulePage({ links, view, runs, notice }), notice === undefined ? 200 : 409)
}

async function act(c: Context, parts: PageParts): Promise<Response> {
  const { schedules } = parts.engine
  const { id = '', action = '' } = c.req.param() as { id?: string; action?: string }
  const does: Record<string, () => Promise<unknown>> = {
    pause: () => schedules.change(id, { enabled: false }, ADMIN),
    resume: () => schedules.change(id, { enabled: true }, ADMIN),
    run: () => schedules.run(id, ADMIN),
    remove: () => schedules.remove(id, ADMIN),
  }
  const work = Object.hasOwn(does, action) ? does[action] : undefined
  if (!work) return await missing(c, parts, 'There is nothing at this address', 'Go back and try again.')
  try {
    await work()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return await showOne(c, parts, error.message.replaceAll('`', ''))
  }
  return c.redirect(action === 'remove' ? parts.links.schedules : parts.links.schedule(id), 303)
}

const missing = async (c: Context, { links }: PageParts, title: string, words: string): Promise<Response> =>
  await show(c, noticePage(links, title, words), 404)

const gone = (c: Context, parts: PageParts): Promise<Response> =>
  missing(c, parts, 'There is no such schedule', 'It may have been removed.')
