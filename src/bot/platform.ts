import type { Who } from '../engine/instructions/allow.ts'
import type { InputDefinition } from '../engine/instructions/inputs.ts'
import type { Upload } from '../engine/instructions/upload.ts'
import type { Problem } from '../errors.ts'

/**
 * A chat as the bot sees it. The order of calls: `start` once; then `post`, `edit`, `find` and `whisper` at any time
 * and concurrently, `edit` never twice at once for one post; `stop` once, after which no method is called.
 * A platform knows nothing of jobs: it draws what it is given and hands in what people type.
 * Text is Markdown as people write it where `isMarkdown` says so; a platform turns it into its own markup or leaves it
 * plain.
 */
export type Platform = {
  /** The name in actor and place keys: `terminal`, `slack`, `discord`. */
  readonly name: string
  /** What differs between platforms, as data. */
  readonly limits: PlatformLimits
  /** What the chat's own servers call, where they call instead of being listened to. It checks itself who calls. */
  readonly http?: HttpRoute
  /**
   * Connects, and hands in each request. `take` resolves once the request is kept. What it rejects was not taken and
   * started nothing: the platform says so to the person, with the error's text, which is meant for people.
   */
  start(take: (request: Request) => Promise<void>): Promise<void>
  /** Takes no more requests; posts under way end first. */
  stop(): Promise<void>
  /**
   * The bot is stopping: posts and edits that wait for the platform's pace are given up. The next process makes them.
   */
  stopWaiting?(): void
  /**
   * Makes a new post that notifies people. `key` marks it, so that `find` knows it again. Throws when it is not made, a
   * UserError where no later try would make it either.
   */
  post(target: Target, message: Message, key: string): Promise<PostRef>
  /** Replaces what an earlier post says, also one of an earlier process; notifies nobody. */
  edit(ref: PostRef, message: Message): Promise<void>
  /** Shows in a thread that work goes on there, where the platform has a sign for it; it fades within two minutes. */
  working?(target: Target): Promise<void>
  /** The post with this key in that place, or null: asked when it is not known whether a post was made. */
  find(target: Target, key: string): Promise<PostRef | null>
  /** Tells one person, privately where the platform can; the actions are that person's alone. */
  whisper(request: Request, text: string, actions?: readonly Action[]): Promise<void>
}

/** A path below the server's root that takes POST requests, and what answers them. */
export type HttpRoute = { path: string; handle(request: globalThis.Request): Promise<Response> }

export type PlatformLimits = {
  /** The longest text of one post, in characters: text, detail and footer together. */
  messageChars: number
  /** How often one post may be edited; `Infinity` where an edit costs nothing and each one is wanted. */
  editsPerMinute: number
  /** How often a running card is edited only to show the time so far, in milliseconds; null: never. */
  tickMs: number | null
  filesPerPost: number
  fileBytes: number
  /** All files of a post together. */
  postBytes: number
}

/** Where a post goes: a place key, and the thread in it (null: the place itself); or a person's key, to that one alone. */
export type Target = { place: string; thread: PostRef | null }

/** The platform's own address of a post; opaque to everyone else. */
export type PostRef = string

/** What a post says. `step` lets a platform draw a card unlike a note, and `result` is the last post of a thread. */
export type Message = {
  step: PostStep
  text: string
  /**
   * Goes on where `text` ends, with a space or a colon of its own: the time so far, the current step, the cost. It is
   * what the thread says too; a platform that cannot replace what it has shown leaves it out.
   */
  detail?: string
  /** A quieter line below. */
  footer?: string
  files?: PostFile[]
  actions?: Action[]
}
export type PostStep = 'card' | 'progress' | 'question' | 'result' | 'note'

/** True for what an agent wrote, which is Markdown; what the bot wrote is literal text with code spans. */
export const isMarkdown = ({ step }: Pick<Message, 'step'>): boolean => step === 'result' || step === 'question'

/** A file that goes with a post: a copy on this server by its absolute path, or a text that became a file. */
export type PostFile = {
  name: string
  bytes: number
  /** What a post says when the file itself cannot be posted: a link to it, and whose file it is. */
  link?: string
  job?: string
} & ({ file: string } | { text: string })

/**
 * Something that a person can do from a post: a button where there are buttons, and the command itself where there are
 * none. Pressing it hands in a request whose text is the command.
 */
export type Action = {
  /** One or two words: "Cancel". */
  label: string
  /** What is handed in: "cancel 4x7k2m9q". It may be longer than what a button holds. */
  command: string
  /** Inputs by name that are handed in with the command, files among them; then its text names the instruction alone. */
  values?: Readonly<Record<string, unknown>>
  style?: 'primary' | 'danger'
  /** What choosing it means, where it is one of several answers. */
  description?: string
  /** The person is asked for a text first; it is handed in as one quoted word behind the command. */
  input?: { label: string; value?: string; optional?: boolean }
  /** Any number of these may be chosen; each is handed in as one quoted word behind the command. */
  options?: readonly { label: string; description: string }[]
}

/** Inputs of an instruction to be filled in: `values` as they stand, and what is wrong with them. */
export type Form = {
  instruction: string
  title: string
  inputs: readonly InputDefinition[]
  values: Readonly<Record<string, unknown>>
  problems: readonly Problem[]
}

/** A command as a person gave it. `key` is unique per platform and request: the same one is taken once. */
export type Request = {
  key: string
  /** The words after the bot's own name: `brief topic="Winter tyres"`. */
  text: string
  /** Inputs by name, from a form or from typed options: the text names the instruction alone then. */
  values?: Readonly<Record<string, unknown>>
  actor: string
  actorName: string
  /** The asker's roles as keys, where the platform has roles. */
  roles?: readonly string[]
  place: string
  /** The thread in which it was said; null when it was said in the place itself. */
  thread: PostRef | null
  /** The post that it replies to, where the platform has replies beside threads. */
  repliesTo?: PostRef
  /** A message that a person wrote, not a command, a button or a form: in the thread of a job, or to a post of one, it is a reply. */
  isWritten?: boolean
  /** Files that came with it. */
  files: Upload[]
  /** Others see what is whispered in answer, since the platform has no other way where it was said. */
  isOverheard?: boolean
  /**
   * Settles once the person sees that the request was taken, where that takes a call of its own; work begins after it.
   * Rejects when the platform has told them that it failed: then nothing is started.
   */
  acknowledged?: Promise<void>
  /** Rejects with a UserError for people and places that the platform's own rules keep out; asked before all else. */
  admit?: () => Promise<void>
  /** Rejects with a UserError where the bot cannot post; asked before anything starts. */
  mayPost?: () => Promise<void>
  /**
   * The key of another place that is named in the text (`#briefs`, or a key): one where this person and the bot may
   * post. Rejects with a UserError for any other.
   */
  findPlace?: (name: string) => Promise<string>
  /** Turns a name in the text into a file, where the platform has such names (a terminal has paths). */
  openFile?: (name: string) => Promise<Upload>
  /** Shows the person a form, where the platform can in answer to this request; it is handed in with `values`. */
  openForm?: (form: Form) => Promise<void>
  /** Told once all is done that was asked for, where the person is told nothing privately. */
  done?: () => Promise<void>
}

/** True for a place of this platform, by its key: a job is told where it belongs, whoever asked for it. */
export const isOf = ({ name }: Pick<Platform, 'name'>, place: string): boolean => place.split(':')[1] === name

/** Who asks and where, as instructions name them. */
export const whoAsks = ({ actor, roles = [], place }: Request): Who => ({ actor, roles, place })
