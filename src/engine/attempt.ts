import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Artifact } from '../db/artifact.ts'
import type { AttemptKey } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import type { Outcome, Spent } from '../job.ts'
import type { Log } from '../log.ts'
import type { Agent, AgentEnd, Task } from './agent.ts'
import { collectArtifacts } from './artifacts.ts'
import { type AttemptInputs, loadAttempt } from './claim.ts'
import { finishAttempt } from './finish.ts'
import type { Instructions } from './instructions/instruction.ts'
import { buildPrompt } from './instructions/prompt.ts'
import type { Journal } from './journal.ts'
import { decideOutcome, type StopCause } from './outcome.ts'
import { NOTHING_SPENT, since } from './spent.ts'
import type { Wakeup } from './wakeup.ts'
import { dropTmp, type Folders, prepareWorkspace } from './workspace.ts'

/** What an attempt needs of the engine. */
export type AttemptDeps = {
  db: Db
  commit: Commit
  agent: Agent
  journal: Journal
  wakeup: Wakeup
  clock: Clock
  log: Log
  owner: string
  folders: Folders
  outputsDir: string
  instructions: () => Instructions
  /** The server's limit of running time; an instruction may set a lower one. */
  timeoutMinutes: () => number
}

/** The words with which an interrupted session goes on. */
const GO_ON = 'The server restarted. Check whether your last step took effect, then continue.'

/**
 * One claimed job, from its folders to its one Outcome:
 * load → prepare folders → build the task → run the agent → collect outputs → decide → commit.
 * `stop` carries the first cause from outside in its reason; whatever happens, the attempt is ended once.
 */
export async function runAttempt(deps: AttemptDeps, key: AttemptKey, stop: AbortController): Promise<void> {
  let spent: Spent = NOTHING_SPENT
  let artifacts: Artifact[] = []
  let outcome: Outcome
  try {
    const attempt = await loadAttempt(deps.db, key, deps.instructions())
    obeyEarlierCancel(attempt, stop)
    const folders = await prepareWorkspace(deps.folders, { ...attempt, ...key })
    const task = buildTask(attempt, key, folders)
    const end = await runAgent(deps, attempt, key, task, stop)
    spent = since(attempt.spentBefore, end)
    const cause = causeOf(stop)
    if (keepsOutputs(cause)) artifacts = await collectOutputs(deps, attempt, key, task)
    outcome = decideOutcome(cause, end, { patterns: attempt.instruction.outputs, count: artifacts.length })
  } catch (error) {
    deps.log.error({ err: error, job: key.job, attempt: key.n }, 'an attempt broke')
    outcome = {
      kind: 'failed',
      failure: 'internal',
      message: `Something broke (job ${key.job}). The server's log has it.`,
    }
  }
  await finishAttempt(deps, key, { outcome, spent, artifacts })
  await dropTmp(deps.folders, key)
}

/** A cancel that came between the claim and now reached nobody: it is in the job's row. */
function obeyEarlierCancel({ job }: AttemptInputs, stop: AbortController): void {
  if (job.cancelled_by) stop.abort({ kind: 'cancelled', by: job.cancelled_by } satisfies StopCause)
}

function buildTask(
  attempt: AttemptInputs,
  key: AttemptKey,
  folders: { workspace: string; session: string; tmp: string },
): Task {
  const { instruction, values, nativeSession } = attempt
  return {
    marker: `${key.job}/${key.n}`,
    prompt: nativeSession ? GO_ON : buildPrompt(instruction, values),
    workspace: folders.workspace,
    session: { dir: folders.session, nativeId: nativeSession },
    tmp: folders.tmp,
    allowedTools: instruction.allowedTools,
    model: instruction.model,
  }
}

/** Runs the agent under the time limit and hands its lines to the journal, no faster than they are stored. */
async function runAgent(
  deps: AttemptDeps,
  { instruction, session }: AttemptInputs,
  key: AttemptKey,
  task: Task,
  stop: AbortController,
): Promise<AgentEnd> {
  const minutes = Math.min(instruction.timeoutMinutes ?? Number.POSITIVE_INFINITY, deps.timeoutMinutes())
  const timer = setTimeout(() => stop.abort({ kind: 'timeout', minutes } satisfies StopCause), minutes * 60_000)
  try {
    for await (const event of deps.agent.run(task, stop.signal)) {
      if (event.kind === 'ended') return event.end
      if (event.kind === 'log') await deps.journal.append(key, { ...event.body, at: deps.clock.now().toISOString() })
      if (event.kind === 'spawned') deps.journal.spawned(key, { ...event, session })
    }
  } finally {
    clearTimeout(timer)
  }
  throw new Error(`agent ${deps.agent.name} stopped without saying how it ended`)
}

const collectOutputs = (deps: AttemptDeps, attempt: AttemptInputs, key: AttemptKey, task: Task): Promise<Artifact[]> =>
  collectArtifacts({
    workspace: task.workspace,
    folder: join(deps.outputsDir, key.job, String(key.n)),
    patterns: attempt.instruction.outputs,
  })

const causeOf = (stop: AbortController): StopCause | null =>
  stop.signal.aborted ? (stop.signal.reason as StopCause) : null

/** A failed or cancelled job's files are kept too; only one that goes on delivers them later. */
const keepsOutputs = (cause: StopCause | null): boolean => cause?.kind !== 'shutdown' && cause?.kind !== 'lost'
