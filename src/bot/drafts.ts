import type { InputDefinition } from '../engine/instructions/inputs.ts'
import type { Upload } from '../engine/instructions/instruction.ts'
import { count } from '../words.ts'

/** A file that lies at a platform: by `ref` the platform finds it again, so that as JSON it outlives the process. */
export type Attachment = Upload & { ref: string }

/** Values by input name, on their way through a button or a form; those that were kept as JSON have lost their `open`. */
export type Values = Readonly<Record<string, unknown>>

/** Values that were kept as JSON, with files that can be opened again. */
export function revived(values: Values, open: (file: Omit<Attachment, 'open'>) => Attachment): Record<string, unknown> {
  const again = (value: unknown) =>
    Array.isArray(value) ? value.map(item => (isAttached(item) ? open(item) : item)) : value
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, again(value)]))
}

const isAttached = (item: unknown): item is Omit<Attachment, 'open'> =>
  typeof item === 'object' && item !== null && 'ref' in item && 'name' in item

/**
 * How a form says that it keeps a value which its field cannot show: files, and a text of more than `most` characters.
 * Null where the field shows the value itself.
 */
export function keptWords({ type }: InputDefinition, value: unknown, most: number): string | null {
  if (type === 'text' && typeof value === 'string' && value.length > most)
    return `kept unless you write here: ${count(value.length, 'character')}`
  const names = type === 'file' ? fileNames(value) : []
  return names.length > 0 ? `kept unless you upload: ${names.join(', ')}` : null
}

/** Files that were attached by their names, and those that were named by the last part of it. */
function fileNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(({ name }: Upload) => name)
  return typeof value === 'string' ? value.split('\n').flatMap(line => line.split('/').at(-1) || []) : []
}
