import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artifact, deliveredBefore } from '../db/artifact.ts'
import type { AttemptKey } from '../db/attempt.ts'
import type { Db } from '../db/connect.ts'
import type { JobRow } from '../db/job.ts'
import type { Outcome, Spent } from '../job.ts'
import type { AgentEnd } from './agent.ts'
import type { AttemptDeps, OwnDeps } from './attempt-deps.ts'
import { type AttemptInputs, loadAttempt } from './claim.ts'
import { finishAttempt } from './finish.ts'
import { promptOf, unheard } from './go-on.ts'
import { accountCause } from './limits/account.ts'
import { decideOutcome, type StopCause, somethingBroke, stopOutcome } from './outcome.ts'
import { type Collected, collectArtifacts } from './outputs/collect.ts'
import { pastOf, REBUILT } from './past.ts'
import { markerOf } from './reaper.ts'
import { type QuietTask, runAgent } from './run-agent.ts'
import { isApprovedPlan } from './said.ts'
import { type Spending, trackSpending } from './spending.ts'
import { larger, NOTHING_SPENT, since } from './spent.ts'
import { type AttemptFolders, dropTmp, prepareWorkspace } from './workspace.ts'

type RunDeps = OwnDeps & { spending: Spending }

const NOTHING_COLLECTED: Collected = { kind: 'kept', artifacts: [], leftOut: { over: 0, unfit: 0 } }

/**
 * One claimed job, from its folders to its one Outcome:
 * load → prepare folders → build the task → run the agent → collect outputs → decide → commit.
 * `stop` carries the first cause from outside in its reason; whatever happens, the attempt is ended once.
 */
export async function runAttempt(deps: OwnDeps, key: AttemptKey, stop: AbortController): Promise<void> {
  let capUsd: number | null = null
  const spending = trackSpending(deps, key, () => capUsd)
  let spent: Spent = NOTHING_SPENT
  let collected: Collected = NOTHING_COLLECTED
  let outcome: Outcome
  try {
    const attempt = await loadAttempt(deps, key)
    capUsd = attempt.limits.capUsd
    obeyEarlierCancel(attempt, stop)
    const { reference } = attempt.instruction
    const earlier = await earlierOutputs(deps.db, attempt.job)
    const folders = await prepareWorkspace(deps.folders, { ...attempt, ...key, reference, earlier })
    const end = await carryOut({ ...deps, spending }, attempt, key, folders, stop)
    spent = end.spent
    const cause =
      causeOf(stop) ?? budgetCause(end, spending, capUsd) ?? (await accountCause(deps, end, spending.refusal()))
    if (keepsOutputs(cause)) collected = await collectOutputs(deps, attempt, key, { ...folders, earlier })
    outcome = decideOutcome(cause, end, { ...claimsOf(attempt, end), collected })
  } catch (error) {
    deps.log.error({ err: error, job: key.job, attempt: key.n }, 'an attempt broke')
    const cause = causeOf(stop)
    outcome = cause ? stopOutcome(cause) : somethingBroke(key.job, error)
  }
  const artifacts = collected.kind === 'kept' ? collected.artifacts : []
  // The agent's own count forgets calls that were cut, the calls seen are not always all: the larger one is nearer.
  if (!(await finishAttempt(deps, key, { outcome, spent: larger(spent, spending.total()), artifacts }))) {
    deps.log.warn(
      { job: key.job, attempt: key.n },
      "an attempt is somebody else's by now; nothing more is stored of it",
    )
    await rm(outputFolder(deps.outputsDir, key), { recursive: true, force: true })
  }
  await dropTmp(deps.folders, key)
}

/** A cancel that came between the claim and now reached nobody: it is in the job's row. */
function obeyEarlierCancel({ job }: AttemptInputs, stop: AbortController): void {
  if (job.cancelled_by) stop.abort({ kind: 'cancelled', by: job.cancelled_by } satisfies StopCause)
}

/** Runs the agent. An attempt that was stopped right after its start left no session: then the request itself is run. */
async function carryOut(
  deps: RunDeps,
  attempt: AttemptInputs,
  key: AttemptKey,
  folders: AttemptFolders,
  stop: AbortController,
): Promise<AgentEnd & { spent: Spent; note?: string }> {
  const { job, nativeSession } = attempt
  const past = job.reply !== null && nativeSession === null ? await pastOf(deps.db, job, deps.instructions()) : ''
  const said = await unheardOf(deps, attempt, folders)
  const task = buildTask(deps, attempt, key, folders, promptOf({ ...attempt, said }, past))
  const end = await runAgent(deps, attempt, key, task, stop)
  if (end.ok || !end.sessionGone) return { ...end, spent: since(attempt.spentBefore, end) }
  const anew = { ...attempt, nativeSession: null, spentBefore: NOTHING_SPENT }
  if (job.reply === null) return await carryOut(deps, anew, key, folders, stop)
  const at = deps.clock.now().toISOString()
  await deps.journal.append(key, { kind: 'status', text: REBUILT, at })
  return { ...(await carryOut(deps, anew, key, folders, stop)), note: REBUILT }
}

/** What people said that its session, if it has one, never took in. */
async function unheardOf(
  { agent }: RunDeps,
  { said, nativeSession }: AttemptInputs,
  { session }: AttemptFolders,
): Promise<readonly string[]> {
  return nativeSession === null || said.length === 0 ? said : unheard(said, await agent.heard({ dir: session }))
}

/** What of its outputs a job must have, and what else is said of its success. */
const claimsOf = ({ job, instruction }: AttemptInputs, { note }: { note?: string }) => ({
  // The answer to a follow-up may be words alone.
  patterns: job.reply === null ? instruction.outputs : null,
  ...(note !== undefined && { note }),
})

function buildTask(
  deps: RunDeps,
  attempt: AttemptInputs,
  key: AttemptKey,
  folders: AttemptFolders,
  prompt: string,
): QuietTask {
  const { instruction, nativeSession, questions } = attempt
  const { mcpServers } = deps.instructions()
  return {
    marker: markerOf(key, deps.folders),
    prompt,
    workspace: folders.workspace,
    session: { dir: folders.session, nativeId: nativeSession },
    tmp: folders.tmp,
    allowedTools: instruction.allowedTools,
    askTools: instruction.askTools,
    sandbox: instruction.sandbox,
    network: instruction.network,
    mcpServers: Object.fromEntries(instruction.mcp.map(name => [name, mcpServers.get(name)])),
    model: instruction.model,
    stallMs: attempt.limits.stallMinutes * 60_000,
    maxCostUsd: attempt.limits.capUsd,
    isFunded: deps.spending.isFunded,
    onCall: deps.spending.take,
    onOpen: hear => {
      deps.ear.hear = hear
    },
    plan: instruction.plan && !questions.some(isApprovedPlan),
  }
}

/** Where the copies of what an attempt made lie; no other attempt has anything there. */
export const outputFolder = (outputsDir: string, { job, n }: AttemptKey): string => join(outputsDir, job, String(n))

/** What the jobs before it in its conversation delivered: of a follow-up only what it changed is an output. */
export const earlierOutputs = async (db: Db, job: JobRow): Promise<Artifact[]> =>
  job.reply === null ? [] : await deliveredBefore(db, job)

/** What cannot be copied (a full disk) is not the end yet: why the attempt was stopped, or failed, comes first. */
export async function collectOutputs(
  deps: Pick<AttemptDeps, 'outputsDir' | 'redact' | 'log'>,
  { instruction, limits: { outputFiles, outputBytes } }: Pick<AttemptInputs, 'instruction' | 'limits'>,
  key: AttemptKey,
  { workspace, earlier }: { workspace: string; earlier: readonly Artifact[] },
): Promise<Collected> {
  const folder = outputFolder(deps.outputsDir, key)
  const { outputs: patterns } = instruction
  const limits = { files: outputFiles, bytes: outputBytes }
  try {
    const { redact } = deps
    return await collectArtifacts({ workspace, folder, patterns, limits, redact, earlier })
  } catch (error) {
    deps.log.error({ err: error, job: key.job, attempt: key.n }, 'the files of an attempt could not be kept')
    return { kind: 'not_kept' }
  }
}

const causeOf = (stop: AbortController): StopCause | null =>
  stop.signal.aborted ? (stop.signal.reason as StopCause) : null

/** An agent whose calls are refused because a budget has nothing left waits for more; its own cap is its end. */
function budgetCause(end: AgentEnd, spending: Spending, capUsd: number | null): StopCause | null {
  const isOwnCap = capUsd !== null && spending.total().costUsd >= capUsd
  if (end.ok || end.failure !== 'budget' || isOwnCap || spending.isFunded()) return null
  return { kind: 'limit', why: 'a budget is used up' }
}

/** A failed or cancelled job's files are kept too; only one that goes on delivers them later. */
const keepsOutputs = (cause: StopCause | null): boolean => !GOES_ON.includes(cause?.kind)
const GOES_ON: (StopCause['kind'] | undefined)[] = ['shutdown', 'parked', 'lost', 'limit']
