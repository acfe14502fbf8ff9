import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { ScheduleDraft } from '../../engine/schedules/draft.ts'
import { isJobId } from '../../job.ts'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import { cursorParameter, cursorText } from '../cursor.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { jobJson } from './job-json.ts'
import {
  checkedJson,
  checkedSchedule,
  draftOf,
  schedule,
  scheduleChange,
  scheduleDraft,
  scheduledRun,
  scheduleJson,
} from './schedule-schema.ts'
import { job, json, problems } from './schemas.ts'

const params = z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' }, example: 'k3x9m2p4' }) })
const limit = z.coerce.number().int().min(1).max(200).default(50)

const list = createRoute({
  method: 'get',
  path: '/schedules',
  summary: 'Schedules, newest first',
  request: { query: z.object({ limit, cursor: cursorParameter.optional().openapi({ type: 'string' }) }) },
  responses: {
    200: json(z.object({ schedules: z.array(schedule), nextCursor: z.string().nullable() }), 'A page.'),
    ...problems(400),
  },
})
const one = createRoute({
  method: 'get',
  path: '/schedules/{id}',
  summary: 'One schedule',
  request: { params },
  responses: { 200: json(schedule, 'The schedule.'), ...problems(404) },
})
const runs = createRoute({
  method: 'get',
  path: '/schedules/{id}/runs',
  summary: 'What became of its due times, the latest first',
  request: { params, query: z.object({ limit }) },
  responses: { 200: json(z.object({ runs: z.array(scheduledRun) }), 'The last ones.'), ...problems(400, 404) },
})
const add = createRoute({
  method: 'post',
  path: '/schedules',
  summary: 'Make a schedule',
  description: 'With `dryRun=1` it is checked, and says when it would run, without being saved.',
  request: {
    query: z.object({ dryRun: z.enum(['0', '1']).default('0') }),
    body: { required: true, content: { 'application/json': { schema: scheduleDraft } } },
  },
  responses: {
    200: json(checkedSchedule, 'What it would be, of a dry run.'),
    201: json(schedule, 'The schedule.'),
    ...problems(422),
  },
})
const change = createRoute({
  method: 'patch',
  path: '/schedules/{id}',
  summary: 'Change a schedule; `enabled` pauses and resumes it',
  request: { params, body: { required: true, content: { 'application/json': { schema: scheduleChange } } } },
  responses: { 200: json(schedule, 'The schedule.'), ...problems(404, 409, 422) },
})
const remove = createRoute({
  method: 'delete',
  path: '/schedules/{id}',
  summary: 'Remove a schedule with its history; its jobs stay',
  request: { params },
  responses: { 204: { description: 'It is gone.' }, ...problems(404) },
})
const run = createRoute({
  method: 'post',
  path: '/schedules/{id}/run',
  summary: 'Run it now, whatever else of it runs',
  request: { params },
  responses: { 202: json(job, 'Its job, queued.'), ...problems(404, 409, 422) },
})

/** What submits jobs by itself. */
export function scheduleRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  const { schedules } = engine
  const existing = async (id: string) => {
    const found = isJobId(id) ? await schedules.one(id) : null
    if (!found) throw new HTTPException(404, { message: `There is no schedule "${id}".` })
    return found
  }
  routes.openapi(list, async c => {
    const { limit, cursor: after } = c.req.valid('query')
    const page = await schedules.list({ limit, after })
    return c.json({ schedules: page.schedules.map(scheduleJson), nextCursor: page.next && cursorText(page.next) }, 200)
  })
  routes.openapi(one, async c => c.json(scheduleJson(await existing(c.req.valid('param').id)), 200))
  routes.openapi(runs, async c => {
    const { id } = await existing(c.req.valid('param').id)
    return c.json({ runs: await schedules.runs(id, c.req.valid('query').limit) }, 200)
  })
  routes.openapi(add, async c => {
    const draft = draftOf(c.req.valid('json')) as ScheduleDraft
    if (c.req.valid('query').dryRun === '1') return c.json(checkedJson(await schedules.preview(draft, ADMIN)), 200)
    return c.json(scheduleJson(await schedules.add(draft, ADMIN)), 201)
  })
  routes.openapi(change, async c => {
    const { id } = await existing(c.req.valid('param').id)
    return c.json(scheduleJson(await schedules.change(id, draftOf(c.req.valid('json')), ADMIN)), 200)
  })
  routes.openapi(remove, async c => {
    const { id } = await existing(c.req.valid('param').id)
    await schedules.remove(id, ADMIN)
    return c.body(null, 204)
  })
  routes.openapi(run, async c => {
    const { id } = await existing(c.req.valid('param').id)
    const made = await engine.job(await schedules.run(id, ADMIN))
    if (!made) throw new Error(`schedule ${id} made a job that is gone`)
    return c.json(jobJson(made, base), 202)
  })
  return routes
}
