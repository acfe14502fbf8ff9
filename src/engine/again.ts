import { runnableBy, type Who } from './instructions/allow.ts'
import { takesFile } from './instructions/inputs/file.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { Instruction, Instructions } from './instructions/instruction.ts'
import type { KeptFile } from './instructions/upload.ts'
import type { JobView } from './view.ts'
import { INPUTS } from './workspace.ts'

/** Values for a form, by input: as text that a person could have typed; several files stand one a line. */
export type FormValues = Readonly<Record<string, string | number | boolean>>

/** The files among the inputs of a job. */
export const filesIn = (inputs: KeptValues): KeptFile[] =>
  Object.values(inputs).flatMap(value => (Array.isArray(value) ? value : []))

/** The inputs of a job as they can be given again: its files by where they are kept. */
export const valuesOf = ({ id, inputs }: Pick<JobView, 'id' | 'inputs'>): FormValues =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(file => `job:${id}/${INPUTS}/${file.name}`).join('\n') : value,
    ]),
  )

/** An instruction that takes outputs of a job, its inputs with them filled in, and of which of several it takes one. */
export type Use = { instruction: Instruction; values: FormValues; oneOf: readonly string[] }

/** The instructions that this person may run with outputs of a job (those of `paths`), by name. */
export function usesOf(
  { id, outputs }: Pick<JobView, 'id' | 'outputs'>,
  instructions: Instructions,
  who: Who,
  paths: readonly string[] = outputs.map(({ path }) => path),
): Use[] {
  return runnableBy(instructions, who)
    .flatMap(instruction => useOf(id, paths, instruction) ?? [])
    .sort((a, b) => (a.instruction.name < b.instruction.name ? -1 : 1))
}

/** The outputs go to the input that says most of what it takes; of two alike, to the one that must have a file. */
function useOf(job: string, paths: readonly string[], instruction: Instruction): Use | null {
  const takers = instruction.inputs
    .filter(input => input.type === 'file')
    .map(input => ({ input, fitting: paths.filter(path => takesFile(input, path)) }))
    .filter(({ fitting }) => fitting.length > 0)
    .sort((a, b) => weight(b.input) - weight(a.input))
  const [first] = takers
  if (!first) return null
  const { input, fitting } = first
  const lines = fitting.slice(0, input.max).map(path => `job:${job}/${path}`)
  const oneOf = input.max === 1 && fitting.length > 1 ? fitting : []
  return { instruction, values: { [input.name]: lines.join('\n') }, oneOf }
}

const weight = ({ accept, required }: { accept?: readonly string[] | undefined; required: boolean }): number =>
  (accept ? 2 : 0) + (required ? 1 : 0)
