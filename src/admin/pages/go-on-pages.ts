import type { Context } from 'hono'
import type { JobView } from '../../engine/view.ts'
import { ADMIN, WEB } from '../admin.ts'
import { chosenFiles, formOf } from '../uploads.ts'
import type { PageParts } from './parts.ts'
import { act } from './show-job.ts'

type Handle = (c: Context, view: JobView, parts: PageParts) => Promise<Response>

/** Takes the job up again; `?version=current` by its instruction as it is today. */
export const reopen =
  (cause: 'retry' | 'resume'): Handle =>
  (c, view, parts) => {
    const current = c.req.query('version') === 'current'
    return act(c, view, parts, cause, () => parts.engine.reopen(view.id, { cause, current }, ADMIN))
  }

export const rate: Handle = (c, view, parts) =>
  act(c, view, parts, 'rate', async () => {
    const form = new URLSearchParams(await c.req.text())
    return await parts.engine.rate(view.id, { good: form.get('good') === '1', words: form.get('words') ?? '' }, ADMIN)
  })

export const reply: Handle = (c, view, parts) =>
  act(c, view, parts, 'reply', async () => {
    const form = await formOf(c)
    const when = form.when === 'now' || form.when === 'instead' ? form.when : 'queue'
    const text = typeof form.text === 'string' ? form.text : ''
    return (await parts.engine.followUp(view.id, { text, files: chosenFiles(form.files), when }, WEB)).job
  })
