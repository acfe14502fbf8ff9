import type { AttemptKey } from '../db/attempt.ts'
import type { EventBody } from '../job.ts'
import type { AgentEnd, Task } from './agent.ts'
import { askPeople } from './ask.ts'
import type { AttemptDeps, OwnDeps } from './attempt-deps.ts'
import type { AttemptInputs } from './claim.ts'
import { explainCap, type StopCause } from './outcome.ts'
import { WORKSPACE_BYTES } from './outputs/limits.ts'
import { watchFolders } from './outputs/watch.ts'
import { processStart } from './process-start.ts'
import { reap } from './reaper.ts'

/** Looking for what an agent left behind costs milliseconds: not after one that was gone at once and started nothing. */
const REAP_AFTER_MS = 1000

/** What an agent is to do, without anybody to ask yet. */
export type QuietTask = Omit<Task, 'ask'>

/**
 * Runs the agent under its limits of time and silence, and hands its lines to the journal no faster than they are
 * stored. When it resolves, no process of the attempt is left.
 */
export async function runAgent(
  deps: OwnDeps,
  attempt: AttemptInputs,
  key: AttemptKey,
  task: QuietTask,
  stop: AbortController,
): Promise<AgentEnd> {
  if (stop.signal.aborted) return NOT_STARTED
  if (task.maxCostUsd !== null && task.maxCostUsd <= 0) return explainCap(NOTHING_LEFT, attempt.limits)
  const started = performance.now()
  const limits = setLimits(attempt, task, stop)
  const over = new AbortController()
  let acted = Object.keys(task.mcpServers).length > 0
  let logged = attempt.loggedBytes
  let isHeard = false
  const watch = watchDisk(deps, task, stop, over.signal)
  try {
    const ask: Task['ask'] = (question, withdrawn) =>
      limits.paused(() => askPeople(deps, key, question, stop, { over: over.signal, withdrawn }))
    for await (const event of deps.agent.run({ ...task, ask }, stop.signal)) {
      if (event.kind === 'ended') return explainCap(event.end, attempt.limits)
      limits.alive()
      if (event.kind !== 'spawned' && !isHeard) {
        isHeard = true
        deps.heard()
      }
      if (event.kind === 'alive') deps.drafts.set(key.job, event.draft ?? '')
      if (event.kind === 'log' && event.body.kind === 'tool_use') acted = true
      if (event.kind === 'log' && !(stop.signal.aborted && TROUBLE.includes(event.body.kind))) {
        logged += bytesOf(event.body)
        if (logged > attempt.limits.logBytes) stop.abort({ kind: 'log_limit', bytes: logged } satisfies StopCause)
        await deps.journal.append(key, { ...event.body, at: deps.clock.now().toISOString() })
      }
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

/** What an agent says of calls that fail: once it is being stopped, that is what cuts them. */
const TROUBLE: readonly EventBody['kind'][] = ['retry', 'error']

const bytesOf = ({ text, input }: EventBody): number =>
  Buffer.byteLength(text) + (input === undefined ? 0 : Buffer.byteLength(JSON.stringify(input)))

/** The end of a run that was stopped before it began; the cause of that decides. */
const NOT_STARTED: Extract<AgentEnd, { ok: false }> = {
  ok: false,
  failure: 'agent_error',
  message: 'It was not started.',
  costUsd: 0,
  usage: null,
}

const NOTHING_LEFT: AgentEnd = {
  ...NOT_STARTED,
  failure: 'budget',
  message: 'It was not started: nothing is left of its limit of cost.',
}

/**
 * Stops the attempt when it has worked for too long, earlier attempts of it included, or is silent for too long. The
 * time in which it waits for people counts for neither.
 */
function setLimits(
  { limits: { minutes }, ranMs }: AttemptInputs,
  task: QuietTask,
  stop: AbortController,
): { alive(): void; paused<T>(wait: () => Promise<T>): Promise<T>; clear(): void } {
  let left = minutes * 60_000 - ranMs
  let since = performance.now()
  let asking = 0
  let timers: NodeJS.Timeout[] = []
  let isOver = false
  const after = (ms: number, cause: StopCause) => setTimeout(() => stop.abort(cause), Math.max(0, ms))
  const begin = () => {
    if (isOver) return // a question that ends with the run must not start clocks that keep the process alive
    since = performance.now()
    const stall = after(task.stallMs, { kind: 'stalled', minutes: task.stallMs / 60_000 })
    timers = [stall, after(left, { kind: 'timeout', minutes })]
  }
  const clear = () => {
    for (const timer of timers.splice(0)) clearTimeout(timer)
  }
  begin()
  return {
    clear: () => {
      isOver = true
      clear()
    },
    alive: () => {
      timers[0]?.refresh()
    },
    paused: async wait => {
      asking += 1
      if (asking === 1) left -= performance.now() - since
      clear()
      try {
        return await wait()
      } finally {
        asking -= 1
        if (asking === 0) begin()
      }
    },
  }
}

/** Stops the attempt when its folders take too much of the disk. */
async function watchDisk(
  deps: AttemptDeps,
  task: QuietTask,
  stop: AbortController,
  signal: AbortSignal,
): Promise<void> {
  const folders = [task.workspace, task.session.dir, task.tmp]
  try {
    const bytes = await watchFolders({ clock: deps.clock, folders, limitBytes: WORKSPACE_BYTES }, signal)
    if (bytes !== null) stop.abort({ kind: 'output_limit', bytes } satisfies StopCause)
  } catch (error) {
    deps.log.error({ err: error, attempt: task.marker }, 'the folders of an attempt are watched no more')
  }
}

async function reapRest({ log }: AttemptDeps, { marker }: QuietTask): Promise<void> {
  const killed = await reap([marker])
  if (killed > 0) log.info({ attempt: marker, killed }, 'an agent left processes behind; they were ended')
}
