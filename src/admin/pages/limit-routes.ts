import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { PAUSE_KINDS } from '../../db/pause.ts'
import { UserError } from '../../errors.ts'
import { ADMIN } from '../admin.ts'
import { limitsPage } from './limits.tsx'
import type { PageParts } from './parts.ts'
import { show } from './show.ts'

const MAX_FORM_BYTES = 16_000

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

async function showLimits(c: Context, { engine, links }: PageParts, notice?: string): Promise<Response> {
  const zone = engine.schedules.defaultTimezone
  const html = limitsPage({ links, limits: await engine.limits(), instructions: engine.instructions(), zone, notice })
  return await show(c, html, notice === undefined ? 200 : 422)
}

const limitForm = z.object({ scope: z.string().trim(), name: z.string(), value: z.string().trim() })

/** A comma stands before thousands only: where people write `2,50`, it would make a hundred times as much of it. */
const NUMBER = /^-?\$?(\d+|\d{1,3}([,_ ]\d{3})+|(?=\.))(\.\d+)?$/

/** An empty value takes the limit away. */
async function setLimit(c: Context, parts: PageParts): Promise<Response> {
  const { value: typed, ...which } = limitForm.parse(Object.fromEntries(new URLSearchParams(await c.req.text())))
  if (typed !== '' && !NUMBER.test(typed))
    return await showLimits(c, parts, `I cannot read “${typed}” as a number. Write it like 1,000 or 2.50.`)
  const value = typed === '' ? null : Number(typed.replaceAll(/[,$_ ]/g, ''))
  try {
    await parts.engine.setLimits([{ ...which, value }], ADMIN)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return await showLimits(c, parts, error.message.replaceAll('`', ''))
  }
  return c.redirect(parts.links.limits, 303)
}
