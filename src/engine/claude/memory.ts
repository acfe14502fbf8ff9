import { join, relative } from 'node:path'
import type { Task } from '../agent.ts'
import { openBelow } from '../outputs/folder.ts'
import { walk } from '../outputs/walk.ts'
import { agentMemory } from './command.ts'

/** How much of a file's end is looked at: more than the calls of one answer can take. */
const TAIL_BYTES = 8 * 1024 * 1024

/** How many files are read: more than any session has, and a million sparse ones would take a day. */
const MAX_FILES = 1000

type Memory = { session: Pick<Task['session'], 'dir'> }

/** A file in an agent's memory: its end, and when it was written. */
export type MemoryFile = { tail: Buffer; at: number }

/**
 * The files below a folder of the agent's memory whose names end so, in no order, a thousand at most. The folder is the agent's: a link in
 * it would lead the server to what the agent itself cannot see, and from a pipe it would read for ever.
 */
export async function* filesInMemory(
  { session }: Memory,
  { folder, ending }: { folder: string; ending: string },
): AsyncGenerator<MemoryFile> {
  const root = join(agentMemory({ session }), folder)
  let files = 0
  for await (const batch of walk(root))
    for (const { path, kind } of batch) {
      if (kind !== 'file' || !path?.endsWith(ending)) continue
      if (++files > MAX_FILES) return
      const file = await readTail(session.dir, relative(session.dir, join(root, path)))
      if (file) yield file
    }
}

async function readTail(root: string, path: string): Promise<MemoryFile | null> {
  const handle = await openBelow(root, path)
  if (!handle) return null
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) return null
    const from = Math.max(0, stat.size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(stat.size - from), 0, stat.size - from, from)
    return { tail: buffer.subarray(0, bytesRead), at: stat.mtimeMs }
  } finally {
    await handle.close()
  }
}
