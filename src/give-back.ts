import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** After the start things settle: chats are connected, what was left is taken up. */
const SETTLED_MS = 1500

/**
 * Gives the memory back that only the start needed (a fifth of all: `npm run bench -- idle`), once. Node does so only when it needs
 * more, which a server that waits for commands never does. It takes some 60 ms, in which nothing else goes on.
 */
export function giveBackOnce(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as NodeJS.GCFunction // the flag adds it to contexts that are made from then on
  setTimeout(() => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }), SETTLED_MS).unref()
}
