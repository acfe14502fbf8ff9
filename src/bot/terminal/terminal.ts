import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Upload } from '../../engine/instructions/upload.ts'
import { messageOf } from '../../errors.ts'
import type { Action, Message, Platform, PlatformLimits, PostRef, Request, Target } from '../platform.ts'
import type { Board } from './board.ts'
import { appendingConsole, type Console, liveConsole } from './console.ts'
import type { Screen } from './prompt-area.ts'

export type TerminalOptions = {
  input: Readable
  output: Screen
  /** True where both ends are a terminal: running jobs are redrawn at the bottom, above the prompt. */
  inPlace: boolean
  /** Colour codes may be written. */
  color: boolean
  /** Who sits here: the name in the actor key and on the card. */
  login: string
  /** The folder from which the paths of files are shown. */
  cwd: string
  /** Turns a path in a command into a file; `openLocalFile` does. */
  openFile: (name: string) => Promise<Upload>
  /**
   * The person left: `exit` or `quit`, Ctrl-C, Ctrl-D, the end of a piped input, or nobody who reads. May be called
   * more than once.
   */
  onLeave: () => void
}

/** The terminal as a chat: one place, one person. */
export type Terminal = Platform & {
  /** Takes a line as if it had been typed, and shows it as such. */
  type(line: string): Promise<void>
  /** Shows a text of the program's own, above the prompt where there is one: whoever writes past it spoils the screen. */
  say(text: string): void
}

/** What people type in a terminal to leave it. */
const LEAVING = /^\s*(exit|quit)\s*$/i
const PLACE = 'channel:terminal:local'

/** The bot's platform for the person at the terminal; nothing is read or written before `start`. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { inPlace, login, output, openFile, onLeave } = options
  let open: Console | null = null
  let take: ((request: Request) => Promise<void>) | null = null

  const board = (): Board => {
    if (open === null) throw new Error('the terminal is not open')
    return open
  }
  const say = (text: string) => board().say(text)
  const hear = async (text: string) => {
    if (text.trim() === '') return
    if (LEAVING.test(text)) return onLeave()
    const actor = { actor: `user:terminal:${login}`, actorName: login, place: PLACE, thread: null }
    try {
      await take?.({ key: randomUUID(), text, ...actor, files: [], openFile })
    } catch (error) {
      open?.say(messageOf(error))
    }
  }
  return {
    name: 'terminal',
    limits: limitsOf(inPlace),
    start: async taker => {
      take = taker
      output.on('error', onLeave) // a pipe that nobody reads any more: as good as Ctrl-C
      const openConsole = inPlace ? liveConsole : appendingConsole
      open = openConsole({ ...options, onLine: hear, onEnd: onLeave })
    },
    stop: async () => {
      await open?.close()
      open = null
    },
    type: async line => {
      open?.echo(line)
      await hear(line)
    },
    say,
    whisper: async (request, text, actions = []) => say([text, ...others(actions, [request.text, text])].join('\n')),
    ...postsOn(board),
  }
}

/** The posts that stand on the board. */
function postsOn(board: () => Board): Pick<Platform, 'post' | 'edit' | 'find'> {
  const made = new Set<PostRef>()
  const shown = new Map<PostRef, Message>()
  const show = (ref: PostRef, message: Message) => {
    const thread = threadOf(ref)
    board().put({ ref, thread, message }, shown.get(ref) ?? null)
    shown.set(ref, message)
    if (message.step === 'result') forget(shown, thread)
  }
  return {
    post: async (target, message, key) => {
      const ref = refOf(target, key)
      show(ref, message)
      made.add(ref)
      return ref
    },
    edit: async (ref, message) => show(ref, message),
    find: async (target, key) => (made.has(refOf(target, key)) ? refOf(target, key) : null),
  }
}

const limitsOf = (inPlace: boolean): PlatformLimits => ({
  messageChars: Number.POSITIVE_INFINITY,
  // What is appended is a log, where every step has its line; what is redrawn is looked at.
  editsPerMinute: inPlace ? 600 : Number.POSITIVE_INFINITY,
  tickMs: inPlace ? 1000 : null,
  filesPerPost: 50,
  fileBytes: Number.POSITIVE_INFINITY,
  postBytes: Number.POSITIVE_INFINITY,
})

// An address says in which thread the post stands, so that a post of an earlier process finds its place here too.
const refOf = ({ thread }: Target, key: string): PostRef => (thread === null ? key : `${thread}>${key}`)
const threadOf = (ref: PostRef): PostRef | null => (ref.includes('>') ? ref.slice(0, ref.lastIndexOf('>')) : null)

/** A thread that is over is not edited any more; its texts need not be kept. */
function forget(shown: Map<PostRef, Message>, thread: PostRef | null): void {
  for (const ref of shown.keys()) if (thread === null || ref === thread || threadOf(ref) === thread) shown.delete(ref)
}

/** What can be done besides what was just typed or is said already: there are no buttons here. */
const others = (actions: readonly Action[], [typed, said]: [typed: string, said: string]): string[] =>
  actions
    .filter(({ command }) => command !== typed && !said.includes(`\`errand ${command}\``))
    .map(({ label, command }) => `${label}: errand ${command}`)
