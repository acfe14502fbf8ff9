import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { viewQuestion } from '../../engine/view.ts'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { jobJson, questionJson } from './job-json.ts'
import { job, jobParameter, json, problems, question } from './schemas.ts'

const questionId = z.string().openapi({ example: '7h3k9m2p' })

const answers = z.strictObject({
  questionId,
  answers: z
    .record(z.string(), z.string())
    .openapi({ description: 'By the text of each question.', example: { 'Which audience?': 'Dealers' } }),
})
const decision = z.strictObject({
  questionId,
  decision: z.enum(['approve', 'approve-for-job', 'deny']),
  reason: z.string().optional().openapi({ description: 'Why not; of a plan, what is to be changed.' }),
  input: z.record(z.string(), z.unknown()).optional().openapi({ description: 'What runs instead.' }),
})

const said = z.union([answers, decision], 'must have a `questionId`, and `answers` or a `decision`')

const answer = createRoute({
  method: 'post',
  path: '/jobs/{id}/answer',
  summary: 'Answer a question of a job, or approve or deny what it asks leave for',
  description:
    'The first answer stands. Of several questions asked at once, some may be answered now and the rest later.',
  request: {
    params: jobParameter,
    body: { required: true, content: { 'application/json': { schema: said } } },
  },
  responses: { 200: json(job, 'The job, which goes on.'), ...problems(403, 404, 409, 422) },
})

const one = createRoute({
  method: 'get',
  path: '/questions/{questionId}',
  summary: 'A question, by its id alone; also one that is answered',
  request: { params: z.object({ questionId }) },
  responses: { 200: json(question.extend({ job: z.string() }), 'The question, and whose it is.'), ...problems(404) },
})

/** Answers to what jobs ask. */
export function answerRoutes({ engine, base }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  routes.openapi(one, async c => {
    const { questionId } = c.req.valid('param')
    const question = await engine.question(questionId)
    if (!question) throw new HTTPException(404, { message: `There is no question "${questionId}".` })
    return c.json({ ...questionJson(viewQuestion(question)), job: question.job }, 200)
  })
  routes.openapi(answer, async c => {
    const { id } = c.req.valid('param')
    const { questionId, ...said } = c.req.valid('json')
    const question = await engine.question(questionId)
    if (question?.job !== id) throw new HTTPException(404, { message: `Job "${id}" has no question "${questionId}".` })
    return c.json(jobJson(await engine.answer(questionId, said, ADMIN), base), 200)
  })
  return routes
}
