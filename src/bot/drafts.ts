import type { Upload } from '../engine/instructions/upload.ts'

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
