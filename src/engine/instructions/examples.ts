import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { checkInputs } from './check-inputs.ts'
import type { InputDefinition } from './inputs.ts'
import type { Instruction } from './instruction.ts'
import type { SchemaFault } from './schema-words.ts'
import type { Upload } from './upload.ts'

type Example = Instruction['examples'][number]

/** A file in an example: one of the instruction's reference folder, named as the agent sees it. */
const REFERENCE = 'reference/'

/**
 * An example as `submit` takes it: its files are those of the reference folder. Made anew for each submit, because an
 * upload is opened once.
 */
export function exampleInputs(
  { name, inputs, reference }: Pick<Instruction, 'name' | 'inputs' | 'reference'>,
  example: Example,
): Record<string, unknown> {
  const upload = (path: string): Upload => {
    if (reference === null) throw new Error(`${name} has an example with files and no reference folder`)
    const file = join(reference, path.slice(REFERENCE.length))
    return { name: path, open: () => createReadStream(file) }
  }
  return withUploads(inputs, example, upload)
}

/**
 * What does not fit in the examples. An example must pass as a request would, but may leave out a required file: it is
 * good for `help` without one. `isThere` tells which paths of the reference folder are files.
 */
export function exampleFaults(
  inputs: readonly InputDefinition[],
  examples: readonly Example[],
  isThere: (path: string) => boolean,
): SchemaFault[] {
  const givable = inputs.map(input => (input.type === 'file' ? { ...input, required: false } : input))
  return examples.flatMap((example, index) => {
    const wrongFiles = fileFaults(inputs, example, isThere)
    const checked = checkInputs(givable, withUploads(inputs, example, unopened))
    const misfits = checked.ok ? [] : checked.problems.filter(({ field }) => !wrongFiles.has(field))
    return [
      ...[...wrongFiles].map(([field, message]) => ({ field, message })),
      ...misfits.map(({ field, message }) => ({ field, message: `The example does not fit: ${message}` })),
    ].map(({ field, message }) => ({ path: ['examples', index, field], message }))
  })
}

function fileFaults(
  inputs: readonly InputDefinition[],
  example: Example,
  isThere: (path: string) => boolean,
): ReadonlyMap<string, string> {
  const faults = new Map<string, string>()
  for (const name of fileInputs(inputs)) {
    for (const path of Object.hasOwn(example, name) ? [example[name]].flat() : []) {
      if (!isReference(path))
        faults.set(name, `The example does not fit: a file in it is \`reference/<path>\`, and \`${name}\` is none.`)
      else if (!isThere(path.slice(REFERENCE.length)))
        faults.set(name, `There is no file \`${path}\`: put it into the folder of this file's name without \`.md\`.`)
    }
  }
  return faults
}

/** The example with an upload in the place of each path; what is no path stays for the check. */
function withUploads(
  inputs: readonly InputDefinition[],
  example: Example,
  upload: (path: string) => Upload,
): Record<string, unknown> {
  const files = fileInputs(inputs).filter(name => Object.hasOwn(example, name))
  const uploads = files.map(name => [name, [example[name]].flat().map(at => (isReference(at) ? upload(at) : at))])
  return { ...example, ...Object.fromEntries(uploads) }
}

const fileInputs = (inputs: readonly InputDefinition[]): string[] =>
  inputs.filter(({ type }) => type === 'file').map(({ name }) => name)

const isReference = (path: unknown): path is string =>
  typeof path === 'string' && path.startsWith(REFERENCE) && !path.split('/').some(part => /^\.*$/.test(part))

const unopened = (name: string): Upload => ({
  name,
  open: () => {
    throw new Error('a check opened a file')
  },
})
