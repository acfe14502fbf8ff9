import { randomUUID } from 'node:crypto'
import type { Account } from '../../config.ts'
import type { EventBody } from '../../job.ts'
import { chooseSandbox, namesHosts, type Sandbox, type Sandboxes } from '../../sandbox.ts'
import type { Agent, AgentEnd, AgentEvent, Task } from '../agent.ts'
import { BUDGET_REACHED } from '../outcome.ts'
import { checkClaude, findClaude } from './binary.ts'
import { capText } from './cap.ts'
import { claudeArguments, claudeEnvironment, writeMcpConfig } from './command.ts'
import { createControl, opening, userMessage } from './control.ts'
import { explainExit, explainFailure, explainRetry } from './failure.ts'
import { openKeyProxy } from './key-proxy/key-proxy.ts'
import type { Line } from './lines.ts'
import { parseMessage, type ResultLine } from './messages.ts'
import { type Bridge, openGateway } from './network/gateway.ts'
import { reachOfServers } from './network/servers.ts'
import { openCommand } from './open-command.ts'
import { type ClaudeProcess, startClaude } from './process.ts'
import { answering, type Requests } from './requests.ts'
import { inSandbox } from './sandbox/wrap.ts'
import { heardIn } from './transcript.ts'
import { translate, usageOf } from './translate.ts'

/** How long the CLI may live on after its last result, once its stdin is closed. */
const EXIT_GRACE_MS = 5000
/** How much of a line that is no message is kept in the log. */
const STRAY_CHARS = 2000

/**
 * The Claude CLI behind the agent port. `bin` null: the pinned CLI of this installation. `account` stays here; with null
 * the CLI has what `env` gives it.
 */
export function createClaude(options: {
  bin: string | null
  model: string | null
  env: Readonly<Record<string, string>>
  account: Account | null
  sandbox: Sandboxes
}): Agent {
  return {
    name: 'claude',
    check: () => checkClaude(options.bin),
    heard: heardIn,
    openCommand: (workspace, session) => openCommand(options.bin ?? findClaude(), workspace, session),
    async *run(task, signal) {
      const { account, model, env, sandbox: sandboxes } = options
      const tools = [...task.allowedTools, ...task.askTools]
      const chosen = chooseSandbox(sandboxes, { tools, asked: task.sandbox, network: task.network })
      if ('fault' in chosen) return yield { kind: 'ended', end: notStarted(chosen.fault) }
      const { hidden } = sandboxes
      const cli = { bin: options.bin ?? findClaude(), model, ...chosen, hidden, modelPort: null }
      if (!account) return yield* runCli(cli, task, env, signal)
      const confined = namesHosts(chosen.network) ? { search: tools.includes('WebSearch') } : null
      const proxy = await openKeyProxy(account, { ...task, capUsd: task.maxCostUsd, confined })
      try {
        // The CLI's own cap would throw away a whole answer that crosses it; the proxy's refuses what comes after.
        const uncapped = { ...task, maxCostUsd: null }
        const reaching = { ...cli, modelPort: proxy.port }
        for await (const event of runCli(reaching, uncapped, { ...env, ...proxy.env, ...bypass(env) }, signal))
          yield event.kind === 'ended' && proxy.isCapReached() ? { kind: 'ended', end: overBudget(event.end) } : event
      } finally {
        await proxy.close()
      }
    },
  }
}

/** The CLI as this run has it. */
type Cli = {
  bin: string
  model: string | null
  sandbox: Sandbox
  /** The only hosts that it reaches; null: those that the machine reaches. */
  network: readonly string[] | null
  hidden: readonly string[]
  /** Where on loopback its calls to the model go; null: to the model itself. */
  modelPort: number | null
}

/** Runs it, and keeps open its only ways out where it has no network of its own. */
async function* runCli(
  { network, modelPort, ...cli }: Cli,
  given: Task,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const task = { ...given, network }
  if (network === null) return yield* runProcess({ ...cli, bridges: null }, task, env, signal)
  const { servers, ports } = reachOfServers(task.mcpServers)
  const inner = modelPort === null ? ports : [modelPort, ...ports]
  const gateway = await openGateway({ hosts: network, servers }, { dir: task.tmp, ports: inner })
  try {
    yield* runProcess({ ...cli, bridges: gateway.bridges }, task, { ...env, ...gateway.env }, signal)
  } finally {
    await gateway.close()
  }
}

async function* runProcess(
  { bin, model, sandbox, hidden, bridges }: Omit<Cli, 'network' | 'modelPort'> & { bridges: readonly Bridge[] | null },
  task: Task,
  agentEnv: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const nativeSession = task.session.nativeId ?? randomUUID()
  const args = claudeArguments(task, task.model ?? model, nativeSession)
  await writeMcpConfig(task)
  const env = claudeEnvironment(task, agentEnv)
  const claude = startClaude(inSandbox(sandbox, [bin, ...args], task, { env, hidden, bridges }), env, task)
  const kill = () => claude.kill()
  signal.addEventListener('abort', kill)
  if (signal.aborted) kill()
  try {
    if (claude.pid > 0) yield { kind: 'spawned', pid: claude.pid, nativeSession }
    yield* converse(claude, task, signal)
  } finally {
    signal.removeEventListener('abort', kill)
    kill() // nothing that stays behind in its group outlives the run; a process that has ended is not reached
    await claude.exited
  }
}

/** A web proxy that AGENT_ENV names is not asked for the way to this machine. */
function bypass(env: Readonly<Record<string, string>>): Record<string, string> {
  const hosts = [env.NO_PROXY ?? env.no_proxy, '127.0.0.1'].filter(Boolean).join(',')
  return { NO_PROXY: hosts, no_proxy: hosts }
}

/** A run that ended well all the same needed no further call. */
const overBudget = (end: AgentEnd): AgentEnd => (end.ok ? end : { ...end, ...BUDGET_REACHED })

/** One user message, and everything until the process is gone. */
async function* converse(claude: ClaudeProcess, task: Task, signal: AbortSignal): AsyncGenerator<AgentEvent> {
  for (const message of opening(task)) claude.send(message)
  const turn: Progress = { ...BEGUN }
  task.onOpen(text => {
    if (turn.closed) return false
    claude.send(userMessage(text))
    return true
  })
  const control = createControl(task, () => turn.text, signal)
  const requests = answering(control, claude, error => {
    turn.broken = { error }
    claude.kill()
  })
  let overdue: NodeJS.Timeout | undefined
  try {
    for await (const lines of claude.lines()) {
      turn.alive = false
      for (const line of lines) for (const body of take(line, requests, task, turn)) yield { kind: 'log', body }
      if (turn.hopeless) return yield { kind: 'ended', end: { ok: false, ...nothingSpent, ...turn.hopeless } }
      if (turn.alive) yield { kind: 'alive', draft: turn.draft }
      clearTimeout(overdue)
      if (turn.open || turn.background > 0) continue
      turn.closed = true
      claude.finish()
      overdue = setTimeout(claude.kill, EXIT_GRACE_MS)
    }
    if (turn.broken) throw turn.broken.error
    yield { kind: 'ended', end: await endOf(claude, turn) }
  } finally {
    turn.closed = true
    clearTimeout(overdue)
  }
}

const TOO_LONG = {
  failure: 'agent_error',
  message: 'Claude asked for something too large to be read. Ask for less at once, then run it again.',
} as const

/** Where a process stands. */
type Progress = {
  /** Of its last turn. */
  result: ResultLine | null
  /** A turn goes on. */
  open: boolean
  /** Its stdin takes no more. */
  closed: boolean
  /** How many tasks may bring about another turn. */
  background: number
  /** The lines just taken say more than that a tool's clock goes on. */
  alive: boolean
  /** What the agent has written of the text that is not a line yet. */
  draft: string
  /** What the agent itself wrote last. */
  text: string
  /** When the account's window begins anew, where it is used up. */
  resetsAt: Date | null
  /** Why waiting is no use. */
  hopeless: ReturnType<typeof explainRetry>
  /** A request of the CLI met a bug. */
  broken: { error: unknown } | null
}

const BEGUN: Progress = {
  ...{ result: null, open: true, closed: false, background: 0, alive: false },
  ...{ draft: '', text: '', resetsAt: null, hopeless: null, broken: null },
}

/** Acts on one line of the CLI and gives what belongs into the log. */
function take(line: Line, requests: Requests, task: Task, turn: Progress): EventBody[] {
  const message = line.cut ? null : parseMessage(line.text)
  // The CLI waits for an answer to it without a limit, and nobody knows what it asks.
  if (line.cut && line.text.includes('"control_request"')) turn.hopeless = TOO_LONG
  if (message?.kind !== 'heartbeat') turn.alive = true
  if (!message || message.kind === 'other') return line.text.trim() ? [{ kind: 'stderr', text: stray(line) }] : []
  if (message.kind === 'control') requests.answer(message)
  if (message.kind === 'withdrawn') requests.withdraw(message.requestId)
  if (message.kind === 'turn') turn.open = true
  if (message.kind === 'result') Object.assign(turn, { result: message.result, open: false })
  if (message.kind === 'window') turn.resetsAt = message.resetsAt
  if (message.kind === 'tasks') turn.background = message.running
  if (message.kind === 'draft') turn.draft = message.text === null ? '' : turn.draft + message.text
  if (message.kind === 'blocks' && message.parent === null) {
    turn.draft = ''
    if (message.from === 'assistant')
      turn.text = message.blocks.findLast(block => block.type === 'text')?.text ?? turn.text
  }
  if (message.kind === 'retry') turn.hopeless = explainRetry(message.retry)
  return translate(message, task.workspace)
}

function stray({ text, cut }: Line): string {
  const kept = text.length > STRAY_CHARS ? `${text.slice(0, STRAY_CHARS)}…` : text
  return cut ? `[a line of over 4 MiB, cut] ${kept}` : kept
}

async function endOf(claude: ClaudeProcess, { result, open, resetsAt }: Progress): Promise<AgentEnd> {
  const exit = await claude.exited
  if (exit.notStarted !== null) return notStarted(`The Claude CLI did not start: ${exit.notStarted}.`)
  const spent = result ? { costUsd: result.total_cost_usd, usage: usageOf(result) } : nothingSpent
  // A turn that broke off has no answer, though one before it had.
  if (!result || open) return { ok: false, ...spent, ...explainExit(exit, exit.stderr) }
  return result.is_error
    ? { ok: false, ...spent, ...explainFailure(result), resetsAt }
    : { ok: true, ...spent, answer: capText(result.result ?? '') }
}

const nothingSpent = { costUsd: 0, usage: null }
const notStarted = (message: string): AgentEnd => ({ ok: false, ...nothingSpent, failure: 'agent_error', message })
