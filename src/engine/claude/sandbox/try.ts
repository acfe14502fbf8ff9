import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { UserError } from '../../../errors.ts'
import { SANDBOXES, type Sandbox, type Sandboxes } from '../../../sandbox.ts'
import { oneLine } from '../../../words.ts'
import { findClaude } from '../binary.ts'
import { createClaude } from '../claude.ts'
import { openGateway } from '../network/gateway.ts'
import { inBubblewrap } from './bwrap.ts'
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
  const { hidden } = place
  const networkFault = bwrap ?? (await inNewFolder(place, tryNoNetwork))
  if (wanted === 'auto') return { inForce: strictest(faults), faults, networkFault, hidden }
  const fault = wanted === 'off' ? null : faults[wanted]
  if (fault === null) return { inForce: wanted, faults, networkFault, hidden }
  throw new UserError(`SANDBOX=${wanted} does not work here: ${fault} Or set SANDBOX to another one.`)
}

const strictest = (faults: Sandboxes['faults']): Sandbox | null =>
  SANDBOXES.findLast(sandbox => sandbox !== 'off' && faults[sandbox] === null) ?? null

const ELSEWHERE = 'bubblewrap is there on Linux only.'
const NOT_INSTALLED = 'bubblewrap is not installed; install it (on Debian: apt-get install bubblewrap).'
const CLI_NEEDS = 'on Linux it needs bubblewrap, socat and ripgrep; install them.'
const BWRAP_NEEDS =
  'it must be version 0.8 or newer and allowed to make namespaces, in a container too (docs/sandbox.md).'

async function inNewFolder(place: Place, attempt: (on: Escape, place: Place) => Promise<string | null>) {
  const dir = await mkdtemp(join(place.dataDir, 'try-'))
  try {
    return await attempt(await prepareEscape(dir), place)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function tryBubblewrap({ task, script, booty }: Escape, { bin, env, hidden }: Place): Promise<string | null> {
  if (process.platform !== 'linux') return ELSEWHERE
  const readable = readablePaths(bin ?? findClaude(), task, env, hidden)
  const command = inBubblewrap(['/bin/sh', '-c', script], task, { readable, hidden, bridges: null })
  const { exitCode, stderr, shortMessage } = await runShort(command, env)
  if (exitCode === COMMAND_NOT_FOUND) return NOT_INSTALLED
  const got = await booty()
  if (got === 'untried') return `bubblewrap failed (${oneLine(stderr || shortMessage || '', WORDS)}); ${BWRAP_NEEDS}`
  return got && `bubblewrap did not hold, ${got}; ${BWRAP_NEEDS}`
}

/** A service of this machine stands for the network; it must be out of reach, and the bridges must stand. */
async function tryNoNetwork({ task }: Escape, { env, hidden }: Place): Promise<string | null> {
  const service = createServer(socket => socket.end('reached')).listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { port } = service.address() as AddressInfo
  const gateway = await openGateway([], { dir: task.tmp, modelPort: null })
  try {
    const script = `socat -u TCP:127.0.0.1:${port} STDOUT 2>/dev/null; echo tried`
    const command = inBubblewrap(['/bin/sh', '-c', script], task, { readable: [], hidden, bridges: gateway.bridges })
    const { stdout, stderr, shortMessage } = await runShort(command, env)
    if (stdout === 'tried') return null
    if (stdout.startsWith('reached')) return 'the network could be reached from inside.'
    return `a network of its own failed (${oneLine(stderr || shortMessage || '', WORDS)}); it needs socat (docs/sandbox.md).`
  } finally {
    await gateway.close()
    service.close()
  }
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
  const sandbox: Sandboxes = { inForce: 'cli', faults, networkFault: null, hidden: [...hidden, folder] }
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
