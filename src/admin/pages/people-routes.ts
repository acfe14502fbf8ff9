import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { auditActions, listAudit } from '../../db/audit.ts'
import { listPeople } from '../../db/people.ts'
import { ROLES } from '../../job.ts'
import { ADMIN } from '../admin.ts'
import { auditCursor, auditCursorText } from '../cursor.ts'
import { personKey } from '../person-key.ts'
import { badAddress, filled } from './address.ts'
import { auditPage } from './audit.tsx'
import type { PageParts } from './parts.ts'
import { peoplePage } from './people.tsx'
import { show } from './show.ts'

const ENTRIES_A_PAGE = 50
const MAX_FORM_BYTES = 16_000

/** The pages about people: their roles, and what they did. */
export function peopleRoutes(parts: PageParts): Hono {
  const app = new Hono()
  app.get('/people', c => showPeople(c, parts))
  app.post('/people', bodyLimit({ maxSize: MAX_FORM_BYTES }), c => setRole(c, parts))
  app.get('/audit', c => showAudit(c, parts))
  return app
}

async function showPeople(c: Context, { db, links }: PageParts, notice?: string): Promise<Response> {
  return await show(c, peoplePage({ links, people: await listPeople(db), notice }), notice === undefined ? 200 : 422)
}

const roleForm = z.object({ actor: personKey, role: z.enum(ROLES), remove: z.literal('1').optional() })

async function setRole(c: Context, parts: PageParts): Promise<Response> {
  const form = roleForm.safeParse(Object.fromEntries(new URLSearchParams(await c.req.text())))
  if (!form.success)
    return await showPeople(
      c,
      parts,
      `${form.error.issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    )
  const { actor, role, remove } = form.data
  await parts.engine.setRole(actor, remove ? null : role, ADMIN)
  return c.redirect(parts.links.people, 303)
}

const auditAddress = z.object({ actor: filled, action: filled, q: filled, cursor: auditCursor.optional() })

async function showAudit(c: Context, { db, links }: PageParts): Promise<Response> {
  const address = auditAddress.safeParse(c.req.query())
  if (!address.success) return await badAddress(c, links, address.error)
  const { cursor, ...query } = address.data
  const [{ entries, next }, actions] = await Promise.all([
    listAudit(db, { ...query, after: cursor, limit: ENTRIES_A_PAGE }),
    auditActions(db),
  ])
  const props = { links, query, actions, entries, next: next && auditCursorText(next), further: cursor !== undefined }
  return await show(c, auditPage(props))
}
