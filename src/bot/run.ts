import type { Engine } from '../engine/engine.ts'
import type { Instruction, Upload } from '../engine/instructions/instruction.ts'
import type { JobView } from '../engine/view.ts'
import { UserError } from '../errors.ts'
import type { Command } from './commands.ts'
import type { Request } from './platform.ts'

type Run = Extract<Command, { kind: 'run' }>

/** Makes a job of a command: names of files become files, and what came with the request finds its input. */
export async function submitRun(
  { instruction, inputs }: Run,
  request: Request,
  { engine, platform }: { engine: Pick<Engine, 'submit' | 'instructions'>; platform: string },
): Promise<JobView> {
  const { actor, actorName, place, thread } = request
  const definition = engine.instructions().byName.get(instruction)
  return await engine.submit({
    instruction,
    inputs: definition ? await withFiles(definition, inputs, request) : inputs, // without one, submit says so
    origin: { platform, actor, actorName, place, ref: thread },
  })
}

/** Files that came with the request belong to the first file input that was not named. */
async function withFiles(
  { name, inputs: definitions }: Instruction,
  typed: Record<string, string>,
  request: Request,
): Promise<Record<string, unknown>> {
  const inputs: Record<string, unknown> = { ...typed }
  const fileInputs = definitions.filter(input => input.type === 'file').map(input => input.name)
  for (const input of fileInputs.filter(input => Object.hasOwn(typed, input))) {
    inputs[input] = await openAll(typed[input] ?? '', input, request)
  }
  if (request.files.length === 0) return inputs
  const free = fileInputs.find(input => !Object.hasOwn(typed, input))
  if (free === undefined) throw new UserError(`\`${name}\` takes no further file; nothing was started.`)
  return { ...inputs, [free]: request.files }
}

async function openAll(lines: string, input: string, { openFile }: Request): Promise<Upload[]> {
  if (!openFile) throw new UserError(`Attach the file for \`${input}\` to your message; I cannot open it by its name.`)
  return await Promise.all(
    lines
      .split('\n')
      .filter(line => line !== '')
      .map(openFile),
  )
}
