import type { InputDefinition } from '../../engine/instructions/inputs.ts'

/** The field of a form that names files of earlier jobs for an input; no input's name has such a sign. */
export const namedFiles = (input: string): string => `${input}~jobs`

/** What a form said: texts by input, to be shown again, and the inputs to be checked, uploads among them. */
export type SentForm = { texts: Record<string, string>; inputs: Record<string, unknown> }

/** Reads the form of an instruction; `parts` are its fields, several of one name as a list. */
export function readForm(
  inputs: readonly InputDefinition[],
  parts: Readonly<Record<string, unknown>>,
  upload: (file: File) => unknown,
): SentForm {
  const sent: SentForm = { texts: {}, inputs: {} }
  for (const { name, type } of inputs) {
    const text = textOf(parts[type === 'file' ? namedFiles(name) : name])
    sent.texts[name] = text
    if (type !== 'file') {
      if (text !== '') sent.inputs[name] = text
      continue
    }
    const names = text.split('\n').filter(line => line.trim() !== '')
    const files = listOf(parts[name]).filter(file => file instanceof File && (file.size > 0 || file.name !== ''))
    const given = [...names, ...files.map(file => upload(file as File))]
    if (given.length > 0) sent.inputs[name] = given
  }
  return sent
}

const listOf = (part: unknown): unknown[] => (Array.isArray(part) ? part : [part])

/** Browsers send lines as CRLF. */
const textOf = (part: unknown): string => (typeof part === 'string' ? part.replaceAll('\r\n', '\n') : '')
