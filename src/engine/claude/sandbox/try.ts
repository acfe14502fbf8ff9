import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import type { Account } from '../../../config.ts'
import { UserError } from '../../../errors.ts'
import { SANDBOXES, type Sandbox, type Sandboxes } from '../../../sandbox.ts'
import { oneLine } from '../../../words.ts'
import { TRIAL } from '../../sweep.ts'
import { findClaude } from '../binary.ts'
import { createClaude } from '../claude.ts'
import { openGateway } from '../network/gateway.ts'
import { inBubblewrap, NO_BRIDGE } from './bwrap.ts'
import { type Escape, prepareEscape } from './escape.ts'
import { startOneCallModel } from './one-call.ts'
import { readablePaths } from './readable.ts'

/** How long one try may take: bubblewrap needs hundredths of a second, the CLI's own sandbox one or two. */
const PATIENCE_MS = 20_000

/** How much is said of why one does not work. */
const WORDS = 200

/** What is tried with: the agent's program and environment, the server's data folder, what no agent may see. */
export type Place = {
  bin: string | null
  env: Readonly<Record<string, string>>
  dataDir: string
  hidden: readonly string[]
  /** Null: agents reach their model by themselves. */
  account: Account | null
}

/**
 * Finds out which sandboxes work here, each by an attempt to get out of it. `auto` takes the strictest that works, and
 * none where none does. The CLI's own is tried only where bubblewrap is not in force. Throws a UserError with the remedy
 * when the one that is wanted does not work.
 */
export async function trySandboxes(wanted: Sandbox | 'auto', place: Place): Promise<Sandboxes> {
  const bwrap = await inNewFolder(place, tryBubblewrap)
  const isEnough = wanted === 'bwrap' || (wanted === 'auto' && bwrap === null)
  const cli = isEnough ? null : bwrap === NOT_INSTALLED ? CLI_NEEDS : await inNewFolder(place, tryOwnSandbox)
  const faults = { bwrap, cli }
  const found = { faults, needsNetwork: place.account === null, hidden: place.hidden }
  if (wanted === 'auto') return { ...found, inForce: strictest(faults) }
  const fault = wanted === 'off' ? null : faults[wanted]
  if (fault === null) return { ...found, inForce: wanted }
  throw new UserError(`SANDBOX=${wanted} does not work here: ${fault} Or set SANDBOX to another one.`)
}

const strictest = (faults: Sandboxes['faults']): Sandbox | null =>
  SANDBOXES.findLast(sandbox => sandbox !== 'off' && faults[sandbox] === null) ?? null

const ELSEWHERE = 'bubblewrap is there on Linux only.'
const NOT_INSTALLED = 'bubblewrap is not installed; install it (on Debian: apt-get install bubblewrap).'
const NO_SOCAT =
  'bubblewrap works, but not socat, the only way out of it; install it (on Debian: apt-get install socat).'
const CLI_NEEDS = 'on Linux it needs bubblewrap, socat and ripgrep; install them.'
const BWRAP_NEEDS =
  'it must be version 0.8 or newer and allowed to make namespaces, in a container too (docs/sandbox.md).'

async function inNewFolder(place: Place, attempt: (on: Escape, place: Place) => Promise<string | null>) {
  const dir = await mkdtemp(join(place.dataDir, TRIAL))
  const tried = await prepareEscape(dir)
  try {
    return await attempt(tried, place)
  } finally {
    tried.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Tries it as most agents have it: without a network, and with the bridges that lead out of it. */
async function tryBubblewrap({ task, script, booty }: Escape, { bin, env, hidden }: Place): Promise<string | null> {
  if (process.platform !== 'linux') return ELSEWHERE
  const readable = readablePaths(bin ?? findClaude(), task, env, hidden)
  const { bridges, close } = await openGateway({ hosts: [], servers: [] }, { dir: task.tmp, ports: [] })
  const command = inBubblewrap(['/bin/sh', '-c', script], task, { readable, hidden, bridges })
  const { exitCode, stderr, shortMessage } = await runShort(command, env).finally(close)
  if (exitCode === COMMAND_NOT_FOUND) return NOT_INSTALLED
  if (stderr.includes(NO_BRIDGE)) return NO_SOCAT
  const got = await booty()
  if (got === 'untried') return `bubblewrap failed (${oneLine(stderr || shortMessage || '', WORDS)}); ${BWRAP_NEEDS}`
  return got && `bubblewrap did not hold, ${got}; ${BWRAP_NEEDS}`
}

const runShort = ([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>) =>
  execa(program, args, { env, extendEnv: false, reject: false, stdin: 'ignore', timeout: PATIENCE_MS })

/** As `env` says it. */
const COMMAND_NOT_FOUND = 127

async function tryOwnSandbox({ task, script, booty }: Escape, { bin, env, hidden }: Place): Promise<string | null> {
  const model = await startOneCallModel(script)
  const reached = { PATH: env.PATH ?? '', ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'none' }
  const folder = dirname(task.workspace)
  const faults = { cli: null, bwrap: null }
  const sandbox: Sandboxes = { inForce: 'cli', faults, needsNetwork: true, hidden: [...hidden, folder] }
  const claude = createClaude({ bin, model: null, env: reached, account: null, sandbox })
  let why = ''
  try {
    for await (const event of claude.run(task, AbortSignal.timeout(PATIENCE_MS))) {
      if (event.kind === 'log' && event.body.kind === 'tool_result') why = event.body.text
      if (event.kind === 'ended' && !event.end.ok) why ||= event.end.message
    }
  } finally {
    model.stop()
  }
  const got = await booty()
  if (got === 'untried') return `the CLI ran nothing in its own sandbox (${oneLine(why, WORDS)}).`
  return got && `the CLI's own sandbox did not hold, ${got}; run the server as a normal user.`
}
