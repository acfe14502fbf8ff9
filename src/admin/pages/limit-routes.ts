import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { PAUSE_KINDS } from '../../db/pause.ts'
import type { LimitView } from '../../engine/limits/change.ts'
import { limitWords, readAmount } from '../../engine/limits/names.ts'
import { UserError } from '../../errors.ts'
import { ADMIN } from '../admin.ts'
import { limitsPage, type TypedLimit } from './limits.tsx'
import type { PageParts } from './parts.ts'
import { show } from './show.ts'

const MAX_FORM_BYTES = 16_000

/** Why a change was refused, and which. */
type Wrong = { words: string; typed: TypedLimit }

/** The page of limits, and what lifts a pause. */
export function limitRoutes(parts: PageParts): Hono {
  const app = new Hono()
  app.get('/limits', c => showLimits(c, parts))
  app.post('/limits', bodyLimit({ maxSize: MAX_FORM_BYTES }), c => setLimit(c, parts))
  app.post('/pauses/:kind/try', async c => {
    const kind = PAUSE_KINDS.find(known => known === c.req.param('kind'))
    if (kind) await parts.engine.tryNow(kind, ADMIN)
    return c.redirect(parts.links.now, 303)
  })
  return app
}

async function showLimits(c: Context, { engine, links }: PageParts, wrong?: Wrong): Promise<Response> {
  const zone = engine.schedules.defaultTimezone
  const limits = await engine.limits()
  const notice = wrong?.words ?? changedWords(limits, c.req.query())
  const html = limitsPage({ links, limits, instructions: engine.instructions(), zone, notice, typed: wrong?.typed })
  return await show(c, html, wrong ? 422 : 200)
}

/** What the change did after which the page is shown; its address names the limit. */
function changedWords(limits: readonly LimitView[], { scope, name }: Record<string, string>): string | undefined {
  if (scope === undefined || name === undefined) return undefined
  const limit = limits.find(other => other.scope === scope && other.name === name)
  if (!limit || limit.value === null) return 'That limit is taken away.'
  const whose = scope === 'global' ? '' : ` for ${scope}`
  return `From now on${whose}: ${limitWords(limit.name, limit.value)}.`
}

const limitForm = z.object({ scope: z.string().trim(), name: z.string(), value: z.string().trim() })

/** An empty value takes the limit away. */
async function setLimit(c: Context, parts: PageParts): Promise<Response> {
  const typed = limitForm.parse(Object.fromEntries(new URLSearchParams(await c.req.text())))
  const { value, ...which } = typed
  try {
    await parts.engine.setLimits([{ ...which, value: value === '' ? null : readAmount(value) }], ADMIN)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return await showLimits(c, parts, { words: error.message.replaceAll('`', ''), typed })
  }
  return c.redirect(`${parts.links.limits}?${new URLSearchParams(which)}`, 303)
}
