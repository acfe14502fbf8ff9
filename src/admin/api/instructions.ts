import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { inputSchema } from '../../engine/instructions/input-schema.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { absentWords } from '../../engine/instructions/runnable.ts'
import { ADMIN } from '../admin.ts'
import type { ClientEnv } from '../client.ts'
import type { ApiDeps } from './deps.ts'
import { invalid } from './invalid.ts'
import { json, problems } from './schemas.ts'

const instruction = z
  .object({
    name: z.string().openapi({ example: 'brief' }),
    description: z.string(),
    inputs: z.record(z.string(), z.unknown()).openapi({ description: 'JSON Schema of the inputs as one object.' }),
    outputs: z.array(z.string()).nullable(),
    allowedTools: z.array(z.string()),
    askTools: z.array(z.string()),
    examples: z.array(z.record(z.string(), z.unknown())),
  })
  .openapi('Instruction')
const mistake = z.object({ file: z.string(), line: z.number().int(), message: z.string() }).openapi('Mistake')

const list = createRoute({
  method: 'get',
  path: '/instructions',
  summary: 'What can be run, and the files that do not load',
  responses: {
    200: json(z.object({ instructions: z.array(instruction), mistakes: z.array(mistake) }), 'Both.'),
    ...problems(),
  },
})
const one = createRoute({
  method: 'get',
  path: '/instructions/{name}',
  summary: 'One instruction',
  request: { params: z.object({ name: z.string() }) },
  responses: { 200: json(instruction, 'The instruction.'), ...problems(404) },
})

/** What can be run. */
export function instructionRoutes({ engine }: ApiDeps): OpenAPIHono<ClientEnv> {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: invalid })
  routes.openapi(list, c => {
    const { byName, mistakes } = engine.instructions()
    return c.json({ instructions: [...byName.values()].map(shown), mistakes: [...mistakes] }, 200)
  })
  routes.openapi(one, c => {
    const { name } = c.req.valid('param')
    const instructions = engine.instructions()
    const found = instructions.byName.get(name)
    if (found) return c.json(shown(found), 200)
    throw new HTTPException(404, { message: absentWords(name, instructions, { roles: [], ...ADMIN }) })
  })
  return routes
}

const shown = (found: Instruction) => ({
  name: found.name,
  description: found.description,
  inputs: inputSchema(found) as Record<string, unknown>,
  outputs: found.outputs,
  allowedTools: found.allowedTools,
  askTools: found.askTools,
  examples: found.examples,
})
