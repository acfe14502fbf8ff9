import type { Engine } from '../engine/engine.ts'
import type { Instruction } from '../engine/instructions/instruction.ts'
import { isJobFile, parseJobFile } from '../engine/instructions/job-file.ts'
import type { Upload } from '../engine/instructions/upload.ts'
import type { JobView } from '../engine/view.ts'
import { UserError } from '../errors.ts'
import { oneLine } from '../words.ts'
import type { Command } from './commands.ts'
import type { Values } from './drafts.ts'
import type { Request } from './platform.ts'

type Run = Extract<Command, { kind: 'run' }>

/** Makes a job of a command: names of files become files, and what came with the request finds its input. */
export async function submitRun(
  { instruction, inputs }: Run,
  request: Request,
  { engine, platform }: { engine: Pick<Engine, 'submit' | 'instructions' | 'openOutput'>; platform: string },
): Promise<JobView> {
  const { actor, actorName, roles, place, thread } = request
  const definition = engine.instructions().byName.get(instruction)
  return await engine.submit({
    instruction,
    inputs: definition ? await withFiles(definition, inputs, request, engine) : inputs, // without one, submit says so
    origin: { platform, actor, actorName, ...(roles && { roles }), place, ref: thread },
  })
}

/** The inputs with every file that they name. */
async function withFiles(
  instruction: Instruction,
  given: Values,
  request: Request,
  engine: Outputs,
): Promise<Record<string, unknown>> {
  const inputs = withAttached(instruction, given, request.files)
  for (const input of fileInputsOf(instruction)) {
    const names = inputs[input]
    if (typeof names === 'string') inputs[input] = await openAll(names, input, request, engine)
  }
  return inputs
}

/** Files that came with a request belong to the first file input that was not named. Throws a UserError without one. */
export function withAttached(
  instruction: Instruction,
  given: Values,
  files: readonly Upload[],
): Record<string, unknown> {
  if (files.length === 0) return { ...given }
  const free = fileInputsOf(instruction).find(input => !Object.hasOwn(given, input))
  if (free === undefined) throw new UserError(`\`${instruction.name}\` takes no further file; nothing was started.`)
  return { ...given, [free]: files }
}

const fileInputsOf = ({ inputs }: Instruction): string[] =>
  inputs.filter(({ type }) => type === 'file').map(({ name }) => name)

type Outputs = Pick<Engine, 'openOutput'>

async function openAll(lines: string, input: string, request: Request, engine: Outputs): Promise<Upload[]> {
  const names = lines.split('\n').filter(line => line !== '')
  return await Promise.all(names.map(name => openNamed(name, input, request, engine)))
}

async function openNamed(name: string, input: string, request: Request, engine: Outputs): Promise<Upload> {
  const output = parseJobFile(name)
  if (output) return await engine.openOutput(output.job, output.path, request)
  if (isJobFile(name))
    throw new UserError(`\`${input}\` names a job's file as \`job:<id>/<path>\`; you gave \`${oneLine(name, 80)}\`.`)
  if (request.openFile) return await request.openFile(name)
  throw new UserError(
    `Attach the file for \`${input}\` to your message, or name an output as \`job:<id>/<path>\`; other names I cannot open.`,
  )
}
