import { UserError } from '../errors.ts'
import type { AnswerDeps, Reply } from './answering.ts'
import type { Command } from './commands.ts'
import { formOf } from './form.ts'
import type { Request } from './platform.ts'
import { submitRun, withAttached } from './run.ts'

type Run = Extract<Command, { kind: 'run' }>

/** Makes a job and begins its thread; gives what the asker alone is told, null when the thread says all. */
export async function runCommand(command: Run, request: Request, deps: AnswerDeps): Promise<Reply | null> {
  try {
    await request.mayPost?.()
    const view = await submitRun(command, request, deps)
    if (await deps.open(view)) return null
    const text = `I could not post here; job ${view.id} runs all the same. \`errand status ${view.id}\` shows how it goes.`
    return { text }
  } catch (error) {
    if (!(error instanceof UserError) || error.problems.length === 0) throw error
    return await askAgain(command, request, error, deps)
  }
}

/** Inputs that do not fit are asked for in a form where one can open, and else by a button that opens it. */
async function askAgain(
  { instruction, inputs: given }: Run,
  request: Request,
  { message, problems }: UserError,
  { engine }: AnswerDeps,
): Promise<Reply | null> {
  const definition = engine.instructions().byName.get(instruction)
  if (!definition) return { text: message }
  const form = formOf(definition, withAttached(definition, given, request.files), problems)
  if (!request.openForm) {
    const { values } = form
    return { text: message, actions: [{ label: 'Fill in', command: request.text, values, style: 'primary' }] }
  }
  await request.openForm(form)
  return null
}
