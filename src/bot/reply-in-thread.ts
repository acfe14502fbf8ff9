import type { Db } from '../db/connect.ts'
import { jobAtPost } from '../db/delivery.ts'
import type { Engine } from '../engine/engine.ts'
import type { Command } from './commands.ts'
import type { GoOnCommand } from './go-on-commands.ts'
import type { Request } from './platform.ts'

/**
 * What a person writes in the thread of a job, or in reply to a post of one, goes on with its conversation; null when it
 * is a command, or for no job.
 */
export async function replyInThread(command: Command, request: Request, deps: Threads): Promise<GoOnCommand | null> {
  if (!request.isWritten || isMeant(command, request.text.trim())) return null
  const id = await jobSaidTo(request, deps)
  return id === null ? null : { kind: 'reply', id, text: request.text, when: 'queue' }
}

type Threads = { engine: Pick<Engine, 'inThread'>; db: Db }

/** In a thread that has several conversations a reply to a post says which; below a post in a DM the post is the thread. */
async function jobSaidTo({ repliesTo, thread, place }: Request, { engine, db }: Threads): Promise<string | null> {
  const answered = repliesTo === undefined ? null : await jobAtPost(db, repliesTo)
  if (answered !== null || thread === null) return answered
  return (await engine.inThread(place, thread))?.id ?? (await jobAtPost(db, thread))
}

/**
 * True for what was meant as a command. People begin sentences with the same words, so that of a run its inputs have to
 * be named, or `run` or the bot's name stands before it, and other commands have to be whole.
 */
export function isMeant(command: Command, text: string): boolean {
  const words = text.replace(/^\/?errand\s+/i, '').split(/\s+/).length
  switch (command.kind) {
    case 'unknown':
      return false
    case 'run':
      return /^\/|^(errand|run)\s/i.test(text) || /\s[a-z][a-z0-9_-]*=/i.test(text)
    case 'help':
    case 'problem':
      return words <= 2 && text !== ''
    case 'jobs':
    case 'limits':
    case 'login':
      return words === 1
    default:
      return true
  }
}
