import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'

const GROUP = '/sys/fs/cgroup'

/**
 * Bytes of memory that are free for more processes: of the container, where it has a limit, else of the machine. What
 * the system keeps of files in memory counts as free, since it gives that up first.
 */
export function freeMemory(group = GROUP): number {
  const limit = Number(read(`${group}/memory.max`)) // "max" without a limit
  const used = Number(read(`${group}/memory.current`))
  const files = Number(/^inactive_file (\d+)$/m.exec(read(`${group}/memory.stat`))?.[1] ?? 0)
  const machine = Number(/^MemAvailable: +(\d+) kB$/m.exec(read('/proc/meminfo'))?.[1] ?? freemem() / 1024) * 1024
  return Number.isFinite(limit) && limit > 0 ? Math.min(machine, limit - used + files) : machine
}

/** Empty where the system has no such file. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
