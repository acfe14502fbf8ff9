import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { Task } from '../agent.ts'
import { filesInMemory } from './memory.ts'

const POLL_MS = 20
/** The CLI writes within about 50 ms; a disk that takes longer than this must not keep the question from people. */
const LIMIT_MS = 5000

/**
 * Resolves once the CLI's transcript holds the call: killed before that, the session would go on as if it had never
 * asked. Resolves after some seconds all the same, and at the abort.
 */
export async function untilWritten(task: Task, toolUseId: string, signal: AbortSignal): Promise<void> {
  for (const until = performance.now() + LIMIT_MS; performance.now() < until && !signal.aborted; await delay(POLL_MS))
    for await (const { tail } of tailsOf(task)) if (tail.includes(toolUseId)) return
}

const prompt = z.object({ type: z.literal('user'), message: z.object({ content: z.string() }) })
/** What was said while a turn went on and was taken into it; until then it is only in the CLI's queue. */
const intoTurn = z.object({ attachment: z.object({ type: z.literal('queued_command'), prompt: z.string() }) })

/** What people have said in a session, by its transcripts. */
export async function heardIn(session: { dir: string }): Promise<string[]> {
  const heard: string[] = []
  for await (const { tail } of tailsOf({ session }))
    for await (const line of linesOf(tail)) {
      const entry = MAY_BE_SAID.test(line) ? parsed(line) : null
      const text =
        entry && (prompt.safeParse(entry).data?.message.content ?? intoTurn.safeParse(entry).data?.attachment.prompt)
      if (typeof text === 'string') heard.push(text)
    }
  return heard
}

/** How many lines are looked at before all else goes on: the file is the agent's, who can write millions. */
const LINES_AT_ONCE = 1000

/** The lines of a file's end that are not empty; the event loop turns between them. */
export async function* linesOf(tail: Buffer): AsyncGenerator<string> {
  let lines = 0
  for (let from = 0; from < tail.length; lines += 1) {
    const found = tail.indexOf('\n', from)
    const end = found === -1 ? tail.length : found
    if (end > from) yield tail.toString('utf8', from, end)
    if (lines % LINES_AT_ONCE === 0) await setImmediate()
    from = end + 1
  }
}

/** Most of a transcript is something else, and large. */
const MAY_BE_SAID = /"type":"(user|queued_command)"/

/** Null for what is no JSON: the CLI may have been killed in the middle of a line. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

const tailsOf = (task: { session: { dir: string } }) => filesInMemory(task, { folder: 'projects', ending: '.jsonl' })
