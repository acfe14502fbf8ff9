import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Task } from '../agent.ts'
import { agentMemory } from './command.ts'

/** How much of a transcript's end is looked at: more than the calls of one answer can take. */
const TAIL_BYTES = 8 * 1024 * 1024
const POLL_MS = 20
/** The CLI writes within about 50 ms; a disk that takes longer than this must not keep the question from people. */
const LIMIT_MS = 5000

/**
 * Resolves once the CLI's transcript holds the call: killed before that, the session would go on as if it had never
 * asked. Resolves after some seconds all the same, and at the abort.
 */
export async function untilWritten(task: Task, toolUseId: string, signal: AbortSignal): Promise<void> {
  const projects = join(agentMemory(task), 'projects')
  for (const until = performance.now() + LIMIT_MS; performance.now() < until && !signal.aborted; await delay(POLL_MS)) {
    const files = await readdir(projects, { recursive: true }).catch(() => []) // made with the first line
    for (const file of files)
      if (file.endsWith('.jsonl') && (await tailOf(join(projects, file))).includes(toolUseId)) return
  }
}

async function tailOf(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
