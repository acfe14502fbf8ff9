import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { listAudit } from '../../db/audit.ts'
import { listPeople } from '../../db/people.ts'
import { ROLES } from '../../job.ts'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import { auditCursor, auditCursorText } from '../cursor.ts'
import { personKey } from '../person-key.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { json, problems } from './schemas.ts'

const actor = personKey.openapi({ example: 'user:slack:U024' })
const role = z.enum(ROLES)
const people = z.object({
  people: z.array(z.object({ actor, role, changedBy: z.string(), changedAt: z.string() })).openapi({
    description: 'Everybody who is not named here is a user, or an admin by ADMIN_USERS.',
  }),
})
const entry = z
  .object({
    id: z.string(),
    at: z.string(),
    actor: z.string().openapi({ example: 'user:slack:U024' }),
    action: z.string().openapi({ example: 'approve' }),
    target: z.string().openapi({ example: 'question:7h3k9m2p' }),
    detail: z.unknown().openapi({ description: 'What exactly.' }),
    origin: z.string().openapi({ description: 'Where it was done.', example: 'channel:slack:C024' }),
  })
  .openapi('AuditEntry')

const list = createRoute({
  method: 'get',
  path: '/people',
  summary: 'Who has a role of their own',
  responses: { 200: json(people, 'Everybody with one.'), ...problems() },
})
const set = createRoute({
  method: 'post',
  path: '/people',
  summary: 'Give somebody a role',
  request: { body: { required: true, content: { 'application/json': { schema: z.strictObject({ actor, role }) } } } },
  responses: { 200: json(people, 'Everybody with one.'), ...problems(422) },
})
const remove = createRoute({
  method: 'delete',
  path: '/people/{actor}',
  summary: 'Make somebody a user like everybody',
  request: { params: z.object({ actor }) },
  responses: { 200: json(people, 'Everybody with one.'), ...problems(400) },
})
const audit = createRoute({
  method: 'get',
  path: '/audit',
  summary: 'Who answered, approved, denied, cancelled or changed what, newest first',
  request: {
    query: z.object({
      actor: actor.optional(),
      action: z.string().optional().openapi({ example: 'approve' }),
      q: z.string().optional().openapi({ description: 'A part of who, to what, or what exactly.' }),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: auditCursor.optional().openapi({ type: 'string' }),
    }),
  },
  responses: {
    200: json(z.object({ entries: z.array(entry), nextCursor: z.string().nullable() }), 'A page.'),
    ...problems(400),
  },
})

/** Roles, and what people did. */
export function peopleRoutes({ engine, db }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  const everybody = async () => ({ people: await listPeople(db) })
  routes.openapi(list, async c => c.json(await everybody(), 200))
  routes.openapi(set, async c => {
    const { actor, role } = c.req.valid('json')
    await engine.setRole(actor, role, ADMIN)
    return c.json(await everybody(), 200)
  })
  routes.openapi(remove, async c => {
    await engine.setRole(c.req.valid('param').actor, null, ADMIN)
    return c.json(await everybody(), 200)
  })
  routes.openapi(audit, async c => {
    const { cursor, ...filter } = c.req.valid('query')
    const { entries, next } = await listAudit(db, { ...filter, after: cursor })
    return c.json({ entries, nextCursor: next && auditCursorText(next) }, 200)
  })
  return routes
}
