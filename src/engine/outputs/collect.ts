import { rm } from 'node:fs/promises'
import picomatch from 'picomatch'
import type { Artifact } from '../../db/artifact.ts'
import type { Redact } from '../../redact.ts'
import { REFERENCE } from '../workspace.ts'
import { copyInto } from './copy.ts'
import { openBelow } from './folder.ts'
import { unchangedIn } from './unchanged.ts'
import { walk } from './walk.ts'

/** Where an attempt's files are, where their copies go, and which and how many of them. */
type From = {
  workspace: string
  /** Belongs to this attempt alone: what is in it is removed first. */
  folder: string
  /** Null takes every file. */
  patterns: readonly string[] | null
  limits: { files: number; bytes: number }
  /** What was delivered before of this workspace: a file that is still the same is no output again. */
  earlier?: readonly Artifact[]
  /** Outputs bear redacted names; their bytes are the agent's and stay as they are. */
  redact: Redact
}

/** What an attempt made: its copied files, or that they are too large to be kept. */
export type Collected =
  | {
      kind: 'kept'
      artifacts: Artifact[]
      /** How many files there are besides: over the limit of files, and unfit to be taken (see `collectArtifacts`). */
      leftOut: { over: number; unfit: number }
    }
  /** What they come to at least; nothing was kept. */
  | { kind: 'too_large'; bytes: number }
  /** They could not be copied; nothing was kept. */
  | { kind: 'not_kept' }

/**
 * Copies the files that an attempt made into its output folder, so that nothing that happens later in the workspace
 * changes what was delivered. Of more files than the limit the first by name are taken. Links are no files here. Unfit
 * is a file with a second link, since that may lead to what the agent itself may not read; one that cannot be read; one
 * whose name is no UTF-8; and a folder that cannot be looked into.
 */
export async function collectArtifacts(from: From): Promise<Collected> {
  await rm(from.folder, { recursive: true, force: true }) // left by a try of the same attempt that did not end
  let kept = false
  try {
    const collected = await copyAll(from, await findOutputs(from))
    kept = collected.kind === 'kept'
    return collected
  } finally {
    if (!kept) await rm(from.folder, { recursive: true, force: true })
  }
}

/** Folders that are never outputs: what was given, what a package manager fetched, and everything hidden. */
const isLeftOut = (name: string, depth: number): boolean =>
  name.startsWith('.') || name === 'node_modules' || (depth === 0 && (name === 'inputs' || name === REFERENCE))

type Outputs = { paths: string[]; over: number; unfit: number }

/** How many more paths than needed are kept between two sorts, so that memory stays small however many there are. */
const SPARE_PATHS = 1000

/** The paths of the first files that are wanted, and how many others there are. */
async function findOutputs({ workspace, patterns, limits, earlier = [], redact }: From): Promise<Outputs> {
  const isWanted = matcherOf(patterns)
  const isUnchanged = unchangedIn(workspace, earlier, redact)
  const outputs: Outputs = { paths: [], over: 0, unfit: 0 }
  for await (const batch of walk(workspace, isLeftOut)) {
    for (const { path, kind } of batch) {
      if (kind === 'closed' || (kind === 'file' && path === null)) outputs.unfit += 1
      else if (kind === 'file' && path !== null && isWanted(path) && !(await isUnchanged(path)))
        outputs.paths.push(path)
    }
    if (outputs.paths.length > limits.files + SPARE_PATHS) keepFirst(outputs, limits.files)
  }
  keepFirst(outputs, limits.files)
  return outputs
}

function keepFirst(outputs: Outputs, files: number): void {
  outputs.paths.sort()
  outputs.over += outputs.paths.splice(files).length
}

function matcherOf(patterns: readonly string[] | null): (path: string) => boolean {
  if (!patterns) return () => true
  // The flag s: a name may hold a newline, which `**` would not pass. NFC: é has two spellings, which look the same.
  const matches = picomatch(
    patterns.map(pattern => pattern.normalize('NFC')),
    { flags: 'is' },
  )
  return path => {
    const spelled = path.normalize('NFC')
    return matches(spelled) || matches(spelled.slice(spelled.lastIndexOf('/') + 1))
  }
}

async function copyAll(
  { workspace, folder, limits, redact }: From,
  { paths, over, unfit }: Outputs,
): Promise<Collected> {
  const artifacts: Artifact[] = []
  const name = namer(redact)
  let bytes = 0
  for (const path of paths) {
    const file = await openBelow(workspace, path)
    try {
      const stat = await file?.stat()
      if (!file || !stat?.isFile() || stat.nlink !== 1) continue
      bytes += stat.size // before a byte is read: a sparse file of a terabyte takes hours
      if (bytes > limits.bytes) return { kind: 'too_large', bytes }
      artifacts.push(await copyInto(folder, { file, path: name(path), size: stat.size }, `.${artifacts.length}`))
    } finally {
      await file?.close()
    }
  }
  return { kind: 'kept', artifacts, leftOut: { over, unfit: unfit + paths.length - artifacts.length } }
}

/** Gives each path its redacted name; one that another has already gets a number before it. */
function namer(redact: Redact): (path: string) => string {
  const taken = new Set<string>()
  return path => {
    const redacted = redact(path)
    let name = redacted
    for (let n = 2; taken.has(name); n += 1) name = `${n}-${redacted}`
    taken.add(name)
    return name
  }
}
