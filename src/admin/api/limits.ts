import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { LIMIT_NAMES } from '../../engine/limits/names.ts'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { json, problems } from './schemas.ts'

const scope = z.string().openapi({
  example: 'instruction:brief',
  description: 'global, the key of an actor or a place, or instruction:<name>.',
})

const limit = z
  .object({
    scope,
    name: z.enum(LIMIT_NAMES),
    value: z.number().nullable().openapi({ example: 2, description: 'Null: there is none.' }),
    default: z.number().nullable().openapi({ description: 'What holds when nobody sets it; null: none.' }),
    used: z.number().optional().openapi({ description: 'Where it fills up.', example: 1 }),
    setAside: z
      .number()
      .optional()
      .openapi({ description: 'Dollars that jobs which run may use besides.', example: 0.5 }),
    resetsAt: z.iso.datetime().optional().openapi({ description: 'Where it begins anew.' }),
  })
  .openapi('Limit')
/** Limits as the API gives them. */
export const limits = z.array(limit)

const change = z.strictObject({
  scope,
  name: z.string().openapi({ example: 'concurrent' }),
  value: z.number().nullable().openapi({ example: 2, description: 'Null: what holds when nobody sets it.' }),
})

const read = createRoute({
  method: 'get',
  path: '/limits',
  summary: 'Every limit, with what is used of it',
  responses: {
    200: json(limits, 'The limits of the server, then those of actors, places and instructions.'),
    ...problems(),
  },
})
const write = createRoute({
  method: 'put',
  path: '/limits',
  summary: 'Change limits, at once; the others stay',
  request: { body: { required: true, content: { 'application/json': { schema: z.array(change).min(1) } } } },
  responses: { 200: json(limits, 'Every limit as it is now.'), ...problems(422) },
})

/** Reading and changing limits. */
export function limitRoutes({ engine }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  routes.openapi(read, async c => c.json(await engine.limits(), 200))
  routes.openapi(write, async c => {
    await engine.setLimits(c.req.valid('json'), ADMIN)
    return c.json(await engine.limits(), 200)
  })
  return routes
}
