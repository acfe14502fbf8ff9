import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { size } from '../../words.ts'
import type { ClientEnv } from '../client.ts'
import { problem } from '../problem.ts'
import { answerRoutes } from './answer.ts'
import { conversationRoutes } from './conversations.ts'
import type { ApiDeps } from './deps.ts'
import { followUpRoutes } from './follow-up.ts'
import { goOnRoutes } from './go-on.ts'
import { instructionRoutes } from './instructions.ts'
import { invalid } from './invalid.ts'
import { jobRoutes } from './jobs.ts'
import { limitRoutes } from './limits.ts'
import { outputRoutes } from './outputs.ts'
import { peopleRoutes } from './people.ts'
import { scheduleRoutes } from './schedules.ts'
import { submitRoutes } from './submit.ts'

const MAX_BODY_BYTES = 1_000_000
const TOO_LARGE = `The request is larger than ${size(MAX_BODY_BYTES)}; nothing was changed. Say less at once.`

/** Everything under `/api`, and the document that describes it. */
export function createApi(deps: ApiDeps): OpenAPIHono<ClientEnv> {
  const api = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  for (const routes of [submitRoutes, followUpRoutes]) api.route('/', routes(deps)) // with files: a limit of their own
  api.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: c => problem(c, 413, TOO_LARGE) }))
  for (const routes of ROUTES) api.route('/', routes(deps))
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  api.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Errand', version: deps.version },
    servers: [{ url: `${deps.base}/api` }],
    security: [{ token: [] }],
  })
  return api
}

const ROUTES = [
  ...[jobRoutes, answerRoutes, goOnRoutes, conversationRoutes, outputRoutes],
  ...[instructionRoutes, peopleRoutes, scheduleRoutes, limitRoutes],
]
