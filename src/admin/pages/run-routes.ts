import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { usesOf, valuesOf } from '../../engine/again.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { absentWords } from '../../engine/instructions/runnable.ts'
import { UserError } from '../../errors.ts'
import { ADMIN, WEB } from '../admin.ts'
import { formOf, MAX_BODY_BYTES, withFiles } from '../uploads.ts'
import { filled, sentFiles, sentTexts, textsOf } from './input-form.ts'
import { instructionsPage } from './instructions.tsx'
import { noticePage } from './notice.tsx'
import type { PageParts } from './parts.ts'
import { runPage } from './run.tsx'
import { show } from './show.ts'

/** What can be run, how it went, and the form that runs it. */
export function runRoutes(parts: PageParts): Hono {
  const app = new Hono()
  const withInstruction =
    (answer: (c: Context, instruction: Instruction, parts: PageParts) => Promise<Response>) => async (c: Context) => {
      const name = c.req.param('instruction') ?? ''
      const all = parts.engine.instructions()
      const found = all.byName.get(name)
      if (found) return await answer(c, found, parts)
      const why = absentWords(name, all, { ...ADMIN, roles: ADMIN.roles ?? [] })
      return await show(c, noticePage(parts.links, 'This cannot be run', why), 404)
    }
  app.get('/run/:instruction', withInstruction(showForm))
  app.post('/run/:instruction', bodyLimit({ maxSize: MAX_BODY_BYTES }), withInstruction(run))
  app.get('/instructions', c => showInstructions(c, parts))
  return app
}

/** `?from=<job>` fills in the inputs of a job, `?use=<job>` its outputs. */
async function showForm(c: Context, instruction: Instruction, { engine, links }: PageParts): Promise<Response> {
  const { from, use } = c.req.query()
  const view = await engine.job(from ?? use ?? '')
  const who = { ...ADMIN, roles: ADMIN.roles ?? [] }
  const uses = view && use !== undefined ? usesOf(view, engine.instructions(), who) : []
  const used = uses.find(({ instruction: { name } }) => name === instruction.name)?.values
  const values = used ?? (view && from !== undefined ? valuesOf(view) : {})
  return await show(c, runPage({ links, instruction, texts: textsOf(instruction.inputs, values), problems: [] }))
}

async function run(c: Context, instruction: Instruction, { engine, links }: PageParts): Promise<Response> {
  const parts = await formOf(c)
  const texts = sentTexts(instruction.inputs, parts)
  const inputs = { ...filled(texts), ...sentFiles(instruction.inputs, parts) }
  try {
    const given = await withFiles(engine, instruction.name, inputs)
    const { id } = await engine.submit({ instruction: instruction.name, inputs: given, origin: WEB })
    return c.redirect(links.job(id), 303)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const { problems, message } = error
    const notice = problems.length > 0 ? undefined : message.replaceAll('`', '')
    const lostFiles = Object.values(parts)
      .flat()
      .some(part => part instanceof File && part.size > 0)
    return await show(c, runPage({ links, instruction, texts, problems, notice, lostFiles }), 422)
  }
}

async function showInstructions(c: Context, { engine, links }: PageParts): Promise<Response> {
  const { byName, mistakes } = engine.instructions()
  const instructions = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const rows = await Promise.all(
    instructions.map(async instruction => ({ instruction, versions: await engine.versions(instruction.name) })),
  )
  return await show(c, instructionsPage({ links, rows, mistakes }))
}
