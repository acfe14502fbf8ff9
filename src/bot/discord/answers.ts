import type { Client } from 'discord.js'
import type { Controls } from '../controls.ts'
import type { Action, Platform } from '../platform.ts'
import { rowsOf } from './actions.ts'
import { idOf } from './address.ts'
import { toldOf } from './content.ts'

type Say = (text: string, actions: readonly Action[]) => Promise<void>

/** How the requests that are under way are answered, by their keys. */
export type Answers = {
  /** The first way that is known for a key stays. */
  remember(key: string, say: Say): void
  forget(key: string): void
  whisper: Platform['whisper']
}

/** More requests are never under way at once; one whose work never ended is forgotten at last. */
const REMEMBERED = 1000

export function createAnswers(client: () => Client, controls: Controls): Answers {
  const ways = new Map<string, Say>()
  return {
    remember: (key, say) => {
      const [oldest] = ways.keys()
      if (ways.size >= REMEMBERED && oldest !== undefined) ways.delete(oldest)
      if (!ways.has(key)) ways.set(key, say)
    },
    forget: key => void ways.delete(key),
    whisper: async ({ key, actor }, text, actions = []) => {
      const say = ways.get(key)
      ways.delete(key)
      if (say) return await say(text, actions)
      // A request of an earlier process, whose interaction is gone: the person is written to directly.
      const user = await client().users.fetch(idOf(actor))
      await user.send({ content: toldOf(text), components: await rowsOf(actions, controls) })
    },
  }
}
