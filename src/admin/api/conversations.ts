import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { ConversationView } from '../../engine/conversation-view.ts'
import { type Said, saidWords } from '../../engine/said.ts'
import { QUESTION_KINDS } from '../../job.ts'
import type { ClientEnv } from '../client.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { jobJson } from './job-json.ts'
import { job, json, problems } from './schemas.ts'

const asked = z.object({
  id: z.string().openapi({ example: '7h3k9m2p' }),
  kind: z.enum(QUESTION_KINDS),
  text: z.string().openapi({ example: 'Which audience?' }),
  state: z.enum(['open', 'answered', 'withdrawn']),
  answer: z.string().nullable().openapi({ example: 'answered: Dealers' }),
  answeredBy: z.string().nullable(),
  askedAt: z.string(),
  answeredAt: z.string().nullable(),
})
const conversation = z
  .object({
    id: z.string(),
    place: z.string().openapi({ example: 'channel:slack:C024' }),
    createdAt: z.string(),
    heldBy: z.string().nullable().openapi({ description: 'Who has its session open in a terminal.' }),
    jobs: z.array(job.extend({ asked: z.array(asked) })).openapi({
      description: 'In order, each with its outputs, and in `asked` all that it has asked.',
    }),
  })
  .openapi('Conversation')

const CURSOR = /^[0-9TZ:.-]+~[0-9a-f-]{36}$/

const list = createRoute({
  method: 'get',
  path: '/conversations',
  summary: 'Conversations, newest first',
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      cursor: z.string().regex(CURSOR, 'must be the nextCursor of the page before').optional(),
    }),
  },
  responses: {
    200: json(z.object({ conversations: z.array(conversation), nextCursor: z.string().nullable() }), 'A page.'),
    ...problems(400),
  },
})
const one = createRoute({
  method: 'get',
  path: '/conversations/{id}',
  summary: 'The whole exchange of a thread, in order',
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(conversation, 'The conversation.'), ...problems(404) },
})

/** Reading conversations. */
export function conversationRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  routes.openapi(list, async c => {
    const { limit, cursor } = c.req.valid('query')
    const [createdAt = '', id = ''] = cursor?.split('~') ?? []
    const page = await engine.conversations({ limit, after: cursor === undefined ? undefined : { createdAt, id } })
    const nextCursor = page.next && `${page.next.createdAt}~${page.next.id}`
    return c.json({ conversations: page.conversations.map(view => conversationJson(view, base)), nextCursor }, 200)
  })
  routes.openapi(one, async c => {
    const view = await engine.conversation(c.req.valid('param').id)
    if (!view) throw new HTTPException(404, { message: 'There is no such conversation.' })
    return c.json(conversationJson(view, base), 200)
  })
  return routes
}

function conversationJson({ questions, jobs, ...view }: ConversationView, base: string): z.infer<typeof conversation> {
  return {
    ...view,
    jobs: jobs.map(one => ({
      ...jobJson(one, base),
      asked: (questions.get(one.id) ?? []).map(question => ({
        ...{ id: question.id, kind: question.kind, text: question.text, state: question.state },
        answer: question.said === null ? null : saidWords(question, question.said as Said),
        ...{ answeredBy: question.answeredBy, askedAt: question.askedAt, answeredAt: question.answeredAt },
      })),
    })),
  }
}
