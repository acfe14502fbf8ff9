import type { Readable } from 'node:stream'

/** A file that a person gave, before it is kept. `open` may be called once. */
export type Upload = { name: string; open: () => Readable }

/** A file as a job keeps it. `path` is relative to the workspace, `sha256` is hex. */
export type KeptFile = { name: string; bytes: number; sha256: string; path: string }
