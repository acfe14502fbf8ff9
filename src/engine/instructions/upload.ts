import type { Readable } from 'node:stream'

/** A file that a person gave, before it is kept. `open` may be called once. */
export type Upload = { name: string; open: () => Readable }

/** True for a file, where anything may have been given. */
export const isUpload = (given: unknown): given is Upload =>
  typeof given === 'object' &&
  given !== null &&
  'name' in given &&
  typeof given.name === 'string' &&
  'open' in given &&
  typeof given.open === 'function'

/** A file as a job keeps it. `path` is relative to the workspace, `sha256` is hex. */
export type KeptFile = { name: string; bytes: number; sha256: string; path: string }
