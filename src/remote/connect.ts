import { linesOf, paint } from '../bot/terminal/line.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { createClient } from './client.ts'
import { targetOf } from './target.ts'
import type { Remote } from './verb.ts'

export type ConnectDeps = {
  env: Record<string, string | undefined>
  load(): Config
  print(text: string): void
  /** Colour codes may be printed. */
  color: boolean
}

/** What the verbs work with, for the server that the environment names; asks it nothing yet. */
export async function connect({ env, load, print, color }: ConnectDeps): Promise<Remote> {
  const show: Remote['show'] = lines => print(lines.map(line => paint(line, color)).join('\n'))
  return {
    client: createClient(await targetOf(env, load)),
    clock: systemClock,
    show,
    say: text => show(linesOf(text, 'plain')),
    json: (body, how) => print(JSON.stringify(body, null, how === 'line' ? 0 : 2)),
    cwd: process.cwd(),
  }
}
