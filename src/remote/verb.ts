import type { Line } from '../bot/terminal/line.ts'
import type { Clock } from '../clock.ts'
import type { Client } from './client.ts'

/** What a verb works with: the server, and the terminal. */
export type Remote = {
  client: Client
  clock: Clock
  /** Prints lines for people. */
  show(lines: readonly Line[]): void
  /** Prints a text for people, without anything in it that could drive a terminal. */
  say(text: string): void
  /** Prints what the API gave, for programs; on one line where many follow each other. */
  json(body: unknown, how?: 'line'): void
  /** The folder from which paths of files count. */
  cwd: string
}

/** What was typed behind a verb, by the flag's name; true for a flag without a value, a list where it takes several. */
export type Options = Readonly<Record<string, string | boolean | string[] | undefined>>

/** A verb of the command line against a running server. */
export type Verb = {
  name: string
  /** As its help shows it: `<id>` for what has to be there, `[words...]` for any number. */
  args: string
  about: string
  /** Flags, each with what it does: `['--json', 'as JSON: …']`. */
  options: readonly (readonly [flags: string, about: string])[]
  /** True where further flags are the verb's own to read: they are among its arguments as they stand. */
  anyFlag?: true
  /** Does it, and gives the exit status: 0 done, 1 failed. Throws UserErrors. */
  act(remote: Remote, args: readonly string[], options: Options): Promise<0 | 1>
}
