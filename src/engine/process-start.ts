import { readFileSync, readlinkSync } from 'node:fs'

/**
 * When a process began, as a text to compare: of two processes with the same number, even after a reboot or in another
 * container, no two have the same. Null when there is none or it is a zombie, and where the system has no /proc.
 */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // a program's name may hold anything
    const [state = 'Z', ticks] = [fields[0], fields[19]]
    return state === 'Z' || state === 'X' || ticks === undefined ? null : `${numbering()} ${ticks}`
  } catch {
    return null // no such process, or no /proc
  }
}

/**
 * True when the process that began then is certainly no more. A number of another container or before a reboot proves
 * nothing, since nobody here can see that process.
 */
export function isGone(pid: number, start: string | null): boolean {
  if (process.platform !== 'linux') return !exists(pid)
  return start?.startsWith(`${numbering()} `) === true && processStart(pid) !== start
}

/** Within what a process number and its start name one process: a boot of the kernel, and a PID namespace in it. */
const numbering = (): string =>
  `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
