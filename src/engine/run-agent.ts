import type { AttemptKey } from '../db/attempt.ts'
import type { AgentEnd, Task } from './agent.ts'
import type { AttemptDeps } from './attempt.ts'
import type { AttemptInputs } from './claim.ts'
import { BUDGET_REACHED, type StopCause } from './outcome.ts'
import { WORKSPACE_BYTES } from './outputs/limits.ts'
import { watchFolders } from './outputs/watch.ts'
import { processStart } from './process-start.ts'
import { reap } from './reaper.ts'

/** Looking for what an agent left behind costs milliseconds: not after one that was gone at once and used no tool. */
const REAP_AFTER_MS = 1000

/**
 * Runs the agent under its limits of time and silence, and hands its lines to the journal no faster than they are
 * stored. When it resolves, no process of the attempt is left.
 */
export async function runAgent(
  deps: AttemptDeps,
  attempt: AttemptInputs,
  key: AttemptKey,
  task: Task,
  stop: AbortController,
): Promise<AgentEnd> {
  if (stop.signal.aborted) return NOT_STARTED
  if (task.maxCostUsd !== null && task.maxCostUsd <= 0) return { ...NOT_STARTED, ...BUDGET_REACHED }
  const started = performance.now()
  const limits = setLimits(deps, attempt, task, stop)
  const over = new AbortController()
  let acted = false
  const watch = watchDisk(deps, task, stop, over.signal)
  try {
    for await (const event of deps.agent.run(task, stop.signal)) {
      if (event.kind === 'ended') return event.end
      limits.alive()
      if (event.kind === 'alive') deps.drafts.set(key.job, event.draft ?? '')
      if (event.kind === 'log' && event.body.kind === 'tool_use') acted = true
      if (event.kind === 'log') await deps.journal.append(key, { ...event.body, at: deps.clock.now().toISOString() })
      if (event.kind === 'spawned')
        deps.journal.spawned(key, { ...event, pidStart: processStart(event.pid), session: attempt.session })
    }
  } finally {
    deps.drafts.set(key.job, '')
    limits.clear()
    over.abort()
    await watch
    if (stop.signal.aborted || acted || performance.now() - started > REAP_AFTER_MS) await reapRest(deps, task)
  }
  throw new Error(`agent ${deps.agent.name} stopped without saying how it ended`)
}

/** The end of a run that was stopped before it began; the cause of that decides. */
const NOT_STARTED: Extract<AgentEnd, { ok: false }> = {
  ok: false,
  failure: 'agent_error',
  message: 'It was not started.',
  costUsd: 0,
  usage: null,
}

/** Stops the attempt when it has run for too long, earlier attempts of it included, or is silent for too long. */
function setLimits(deps: AttemptDeps, { instruction, ranMs }: AttemptInputs, task: Task, stop: AbortController) {
  const minutes = Math.min(instruction.timeoutMinutes ?? Number.POSITIVE_INFINITY, deps.timeoutMinutes())
  const after = (ms: number, cause: StopCause) => setTimeout(() => stop.abort(cause), Math.max(0, ms))
  const timeout = after(minutes * 60_000 - ranMs, { kind: 'timeout', minutes })
  const stall = after(task.stallMs, { kind: 'stalled', minutes: task.stallMs / 60_000 })
  return {
    alive: () => {
      stall.refresh()
    },
    clear: () => {
      clearTimeout(timeout)
      clearTimeout(stall)
    },
  }
}

/** Stops the attempt when its folders take too much of the disk. */
async function watchDisk(deps: AttemptDeps, task: Task, stop: AbortController, signal: AbortSignal): Promise<void> {
  const folders = [task.workspace, task.session.dir, task.tmp]
  try {
    const bytes = await watchFolders({ clock: deps.clock, folders, limitBytes: WORKSPACE_BYTES }, signal)
    if (bytes !== null) stop.abort({ kind: 'output_limit', bytes } satisfies StopCause)
  } catch (error) {
    deps.log.error({ err: error, attempt: task.marker }, 'the folders of an attempt are watched no more')
  }
}

async function reapRest({ log }: AttemptDeps, { marker }: Task): Promise<void> {
  const killed = await reap([marker])
  if (killed > 0) log.info({ attempt: marker, killed }, 'an agent left processes behind; they were ended')
}
