import type { Engine } from '../engine/engine.ts'
import type { Command } from './commands.ts'
import type { GoOnCommand } from './go-on-commands.ts'
import type { Request } from './platform.ts'

/**
 * What a person writes in the thread of a job goes on with its conversation; null when it is a command, or no job has
 * this thread.
 */
export async function replyInThread(
  command: Command,
  { text, thread, place, isWritten }: Request,
  { engine }: { engine: Pick<Engine, 'inThread'> },
): Promise<GoOnCommand | null> {
  if (!isWritten || thread === null || isMeant(command, text.trim())) return null
  const last = await engine.inThread(place, thread)
  return last && { kind: 'reply', id: last.id, text, when: 'queue' }
}

/**
 * True for what was meant as a command. People begin sentences with the same words, so that of a run its inputs have to
 * be named, or `run` or the bot's name stands before it, and other commands have to be whole.
 */
function isMeant(command: Command, text: string): boolean {
  const words = text.split(/\s+/).length
  switch (command.kind) {
    case 'unknown':
      return false
    case 'run':
      return /^\/|^(errand|run)\s/i.test(text) || /\s[a-z][a-z0-9_-]*=/i.test(text)
    case 'help':
    case 'problem':
      return words <= 2 && text !== ''
    case 'jobs':
    case 'login':
      return words === 1
    default:
      return true
  }
}
