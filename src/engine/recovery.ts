import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type AbandonedAttempt, abandonedAttempts, silentCrashes, takeOver } from '../db/abandoned.ts'
import type { Artifact } from '../db/artifact.ts'
import type { AttemptKey } from '../db/attempt.ts'
import { isLockLeft } from '../db/lock.ts'
import { forgetServers, otherServers } from '../db/server.ts'
import type { Outcome } from '../job.ts'
import { collectOutputs, earlierOutputs, outputFolder } from './attempt.ts'
import type { AttemptDeps } from './attempt-deps.ts'
import { loadAttempt } from './claim.ts'
import { finishAttempt } from './finish.ts'
import { isGone } from './process-start.ts'
import { killProcess, markerOf, reap } from './reaper.ts'
import { dropTmp } from './workspace.ts'

/** After so many crashes in a row without a word of the agent, the job itself is taken for their cause. */
const MAX_SILENT_CRASHES = 3

export type RecoveryDeps = AttemptDeps & {
  host: string
  leaseMs: number
  /** Where each process has a lock file under its owner's name. */
  locksDir: string
}

/**
 * Takes up what dead processes left: each open attempt is fenced off from its owner, its processes are killed, and its
 * job goes back to the queue with session and workspace. Dead is who is gone from this host or left his lock, and who
 * has let his lease run out. What a living process runs is never touched.
 */
export async function recover(deps: RecoveryDeps): Promise<void> {
  const others = await otherServers(deps.db, deps.owner)
  const gone = others.filter(({ host, pid, pidStart }) => host === deps.host && isGone(pid, pidStart))
  const left = (await readdir(deps.locksDir)).filter(name => isLockLeft(join(deps.locksDir, name)))
  const dead = [...new Set([...gone.map(({ owner }) => owner), ...left])]
  const abandoned = await abandonedAttempts(deps.db, deps.owner, dead)
  if (abandoned.length > 0) await takeUp(deps, abandoned, { dead, gone: gone.map(({ owner }) => owner) })
  const silent = others.filter(({ isSilent }) => isSilent).map(({ owner }) => owner)
  await forgetServers(deps.db, [...dead, ...silent])
  for (const name of left) await rm(join(deps.locksDir, name), { force: true })
}

/** `gone` are those of the dead whose processes had their numbers where we see them. */
async function takeUp(
  deps: RecoveryDeps,
  abandoned: AbandonedAttempt[],
  { dead, gone }: Record<'dead' | 'gone', readonly string[]>,
): Promise<void> {
  const { commit, owner: to, leaseMs, log } = deps
  // First of all, so that what comes back from a long sleep, or ends while it is killed, writes nothing more.
  const taken = await commit(async trx => {
    const ours: AbandonedAttempt[] = []
    for (const attempt of abandoned) if (await takeOver(trx, attempt, { to, dead, leaseMs })) ours.push(attempt)
    return ours
  })
  // Of the others only what bears the marker: they may live, and this database be a copy of theirs.
  for (const { owner, pid, pidStart } of taken)
    if (gone.includes(owner) && pid !== null && pidStart !== null) killProcess(pid, pidStart)
  const killed = await reap(taken.map(key => markerOf(key, deps.folders)))
  log.warn({ attempts: taken.length, killed }, 'attempts of a server that is gone are taken up')
  await Promise.all(taken.map(attempt => endInterrupted(deps, attempt)))
}

async function endInterrupted(deps: RecoveryDeps, { spent, leaseUntil, ...key }: AbandonedAttempt): Promise<void> {
  const now = deps.clock.now().toISOString()
  // How long the server was away is no running time of the job.
  const endedAt = leaseUntil !== null && leaseUntil < now ? leaseUntil : now
  const outcome = outcomeAfter(await silentCrashes(deps.db, key))
  await rm(outputFolder(deps.outputsDir, key), { recursive: true, force: true }) // copies that nothing tells of
  const artifacts = outcome.kind === 'failed' ? await whatItMade(deps, key) : []
  await finishAttempt(deps, key, { outcome, spent, artifacts, endedAt })
  await dropTmp(deps.folders, key)
}

/** The files of a job that does not go on, as at any other end; none when they cannot be kept. */
async function whatItMade(deps: RecoveryDeps, key: AttemptKey): Promise<Artifact[]> {
  try {
    const attempt = await loadAttempt(deps, key)
    const { job } = attempt
    const workspace = join(deps.folders.workspaces, job.workspace)
    const earlier = await earlierOutputs(deps.db, job)
    const collected = await collectOutputs(deps, attempt, key, { workspace, earlier })
    return collected.kind === 'kept' ? collected.artifacts : []
  } catch (error) {
    deps.log.error({ err: error, job: key.job }, 'the files of a job that crashed too often could not be kept')
    return []
  }
}

const outcomeAfter = (crashes: number): Outcome =>
  crashes < MAX_SILENT_CRASHES
    ? { kind: 'interrupted', cause: 'crash', why: 'the server ended unexpectedly' }
    : {
        kind: 'failed',
        failure: 'interrupted',
        message: `The server ended ${crashes} times in a row while this ran, before the agent took a step. Run it again; if it stays, look at the server's log.`,
      }
