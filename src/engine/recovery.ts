import { rm } from 'node:fs/promises'
import { type AbandonedAttempt, abandonedAttempts, silentCrashes, takeOver } from '../db/abandoned.ts'
import { forgetServers, otherServers } from '../db/server.ts'
import type { Outcome } from '../job.ts'
import { type AttemptDeps, outputFolder } from './attempt.ts'
import { finishAttempt } from './finish.ts'
import { isGone } from './process-start.ts'
import { killProcess, markerOf, reap } from './reaper.ts'
import { dropTmp } from './workspace.ts'

/** After so many crashes in a row without a word of the agent, the job itself is taken for their cause. */
const MAX_SILENT_CRASHES = 3

export type RecoveryDeps = AttemptDeps & { host: string; leaseMs: number }

/**
 * Takes up what dead processes left: each open attempt is fenced off from its owner, its processes are killed, and its
 * job goes back to the queue with session and workspace. Dead is who is gone from this host, and who has let his lease
 * run out. What a living process runs is never touched.
 */
export async function recover(deps: RecoveryDeps): Promise<void> {
  const others = await otherServers(deps.db, deps.owner)
  const gone = others.filter(({ host, pid, pidStart }) => host === deps.host && isGone(pid, pidStart))
  const dead = gone.map(({ owner }) => owner)
  const abandoned = await abandonedAttempts(deps.db, deps.owner, dead)
  if (abandoned.length > 0) await takeUp(deps, abandoned, dead)
  const silent = others.filter(({ isSilent }) => isSilent).map(({ owner }) => owner)
  await forgetServers(deps.db, [...dead, ...silent])
}

async function takeUp(deps: RecoveryDeps, abandoned: AbandonedAttempt[], dead: readonly string[]): Promise<void> {
  const { commit, owner: to, leaseMs, log } = deps
  // First of all, so that what comes back from a long sleep, or ends while it is killed, writes nothing more.
  const taken = await commit(async trx => {
    const ours: AbandonedAttempt[] = []
    for (const attempt of abandoned) if (await takeOver(trx, attempt, { to, dead, leaseMs })) ours.push(attempt)
    return ours
  })
  // Of an owner that is merely silent only what bears the marker: he may live, and this database be a copy of his.
  for (const { owner, pid, pidStart } of taken)
    if (dead.includes(owner) && pid !== null && pidStart !== null) killProcess(pid, pidStart)
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
  await finishAttempt(deps, key, { outcome, spent, artifacts: [], endedAt })
  await dropTmp(deps.folders, key)
}

const outcomeAfter = (crashes: number): Outcome =>
  crashes < MAX_SILENT_CRASHES
    ? { kind: 'interrupted', cause: 'crash', why: 'the server ended unexpectedly' }
    : {
        kind: 'failed',
        failure: 'interrupted',
        message: `The server ended ${crashes} times in a row while this ran, before the agent took a step. Run it again; if it stays, look at the server's log.`,
      }
