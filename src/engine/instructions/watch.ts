import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Sandboxes } from '../../sandbox.ts'
import type { Instructions, Mistake } from './instruction.ts'
import { loadInstructions } from './load.ts'
import { MCP_FILE, secretsOfServers } from './mcp.ts'
import { INSTRUCTION_NAME } from './names.ts'

/** The instructions as the folder has them, a few seconds after it changed. */
export type WatchedInstructions = { current(): Instructions; stop(): void }

type WatchDeps = {
  clock: Clock
  log: Log
  sandboxes?: Sandboxes
  signal?: AbortSignal
  /** Hears of the secrets of MCP servers, before anything is said of what was loaded. */
  learn?: (secrets: readonly string[]) => void
}

/** Looking is cheap and works everywhere; many mounted folders tell nobody that they changed. */
const POLL_MS = 2000

/**
 * Loads the folder's instructions, and loads them again whenever it has changed and then stayed the same from one look
 * to the next, so that a file which is still being written is not read. Every mistake is logged once when it comes and
 * once when it goes. While the folder cannot be read what was loaded last stays. Throws a UserError when it cannot be
 * read at first. `stop` or the signal end the watch; what `current` gives stays then.
 */
export async function watchInstructions(
  dir: string,
  { clock, log, sandboxes, signal, learn = () => {} }: WatchDeps,
): Promise<WatchedInstructions> {
  const stopped = new AbortController()
  const until = signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal
  let loadedFrom = await signatureOf(dir).catch(() => '') // the load says better what is wrong with it
  const load = async () => {
    const loaded = await loadInstructions(dir, sandboxes)
    learn(secretsOfServers(loaded.mcpServers))
    return loaded
  }
  let current = await load()
  tellMistakes([], current.mistakes, log)

  let seen = loadedFrom
  const look = async () => {
    const before = seen
    seen = await signatureOf(dir)
    if (seen === loadedFrom || seen !== before) return
    const next = await load()
    const isWhole = (await signatureOf(dir)) === seen
    if (!isWhole || until.aborted) return // what changed while it was read is for the next look
    tellMistakes(current.mistakes, next.mistakes, log)
    log.info(`the instructions folder has changed: ${next.byName.size} can be run now`)
    current = next
    loadedFrom = seen
  }
  void poll(look, { dir, clock, log, until })
  return { current: () => current, stop: () => stopped.abort() }
}

/** Looks again and again; what goes wrong is logged when it begins and when it is over. */
async function poll(
  look: () => Promise<void>,
  { dir, clock, log, until }: { dir: string; clock: Clock; log: Log; until: AbortSignal },
): Promise<void> {
  const pause = () => clock.sleep(POLL_MS, until).catch(() => {}) // a stop ends the loop below
  let trouble: string | null = null
  for (await pause(); !until.aborted; await pause()) {
    try {
      await look()
      if (trouble !== null) log.info(`the instructions folder ${dir} can be read again`)
      trouble = null
    } catch (error) {
      if (String(error) !== trouble) log.warn({ err: error }, 'what was loaded from the instructions folder stays')
      trouble = String(error)
    }
  }
}

/**
 * What changes whenever an instruction may: name, inode, size and time of change of what instructions are made of. Of a
 * reference folder this sees what comes and goes in it, not what its files say, which is read by each job anew.
 */
async function signatureOf(dir: string): Promise<string> {
  const names = (await readdir(dir)).filter(isPart).sort()
  return JSON.stringify(await Promise.all(names.map(async name => [name, await stampOf(join(dir, name))])))
}

/** Nothing else counts: a file beside them that changes all the time would put every change off for ever. */
const isPart = (name: string): boolean => /^[^.].*\.md$/.test(name) || name === MCP_FILE || INSTRUCTION_NAME.test(name)

async function stampOf(path: string): Promise<string> {
  const stamp = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => error)
  if (stamp instanceof Error) return stamp.code ?? stamp.message // a link to nowhere, or just gone
  return [stamp.ino, stamp.size, stamp.mtimeNs].join(' ')
}

function tellMistakes(before: readonly Mistake[], now: readonly Mistake[], log: Log): void {
  for (const mistake of now) if (!before.some(isSame(mistake))) log.warn(wordsOf(mistake))
  for (const mistake of before) if (!now.some(isSame(mistake))) log.info(`mended: ${wordsOf(mistake)}`)
}

const wordsOf = ({ file, line, message }: Mistake): string => `${file}, line ${line}: ${message}`

/** Lines above it may come and go: it is the same mistake. */
const isSame = (one: Mistake) => (other: Mistake) => other.file === one.file && other.message === one.message
