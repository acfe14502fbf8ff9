import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { AttemptKey } from '../db/attempt.ts'
import { processStart } from './process-start.ts'
import type { Folders } from './workspace.ts'

/** The variable that every process of an attempt inherits; its value is the attempt's marker. */
export const MARKER_VARIABLE = 'ERRAND_ATTEMPT'

/** Names the data folder too: a copy of it has the same attempts, and those of the original are not its own to kill. */
export const markerOf = ({ job, n }: AttemptKey, { tmp }: Folders): string => `${job}/${n} of ${tmp}`

/** How often is looked again: a process that forks while it is looked for is found the next time. */
const ROUNDS = 20
const PAUSE_MS = 10

/**
 * Kills what attempts left behind, named by their markers (`markerOf`), however it got away: into a session of its own,
 * to another parent, deaf to SIGTERM. Processes are found by the marker in their environment, so a process that emptied
 * its environment is not found. Gives how many were killed that nothing else would have ended: those of a PID namespace
 * of their own go with it, and are met only on their way out. Only Linux shows environments; elsewhere it finds nothing.
 */
export async function reap(markers: readonly string[]): Promise<number> {
  const killed = new Set<number>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = marked(markers)
    if (left.length === 0) return killed.size
    for (const pid of left) {
      const isOurs = isInOurNamespace(pid)
      if (kill(pid) && isOurs) killed.add(pid)
    }
    await delay(PAUSE_MS)
  }
  return killed.size
}

/** Processes of this user that carry one of the markers, zombies excepted: theirs is empty. */
function marked(markers: readonly string[]): number[] {
  if (process.platform !== 'linux') return []
  const entries = new Set(markers.map(marker => `${MARKER_VARIABLE}=${marker}`))
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.filter(pid => environmentOf(pid).some(entry => entries.has(entry))).map(Number)
}

// Synchronous: the kernel answers from memory, and a pid must not change hands between the look and the kill.
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return [] // it has ended, or is another user's
  }
}

function isInOurNamespace(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid')
  } catch {
    return false // it has ended
  }
}

/** Kills a process if it is still the one that began then; a number alone may be another's by now. */
export const killProcess = (pid: number, start: string): boolean => processStart(pid) === start && kill(pid)

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false // it has ended in between
  }
}
