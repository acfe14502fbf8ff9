import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'

const GROUPS = '/sys/fs/cgroup'

/** Where the two versions of control groups say what a container may use, what it uses, and how much of that are files. */
const VERSIONS = [
  { limit: 'memory.max', used: 'memory.current', stat: 'memory.stat', files: /^inactive_file (\d+)$/m },
  {
    ...{ limit: 'memory/memory.limit_in_bytes', used: 'memory/memory.usage_in_bytes' },
    ...{ stat: 'memory/memory.stat', files: /^total_inactive_file (\d+)$/m },
  },
]

/**
 * Bytes of memory that are free for more processes: of the container, where it has a limit, else of the machine. What
 * the system keeps of files in memory counts as free, since it gives that up first.
 */
export function freeMemory(groups = GROUPS): number {
  const machine = Number(/^MemAvailable: +(\d+) kB$/m.exec(read('/proc/meminfo'))?.[1] ?? freemem() / 1024) * 1024
  const container = VERSIONS.map(({ limit, used, stat, files }) => {
    // Without a limit it is "max" in one version, and more than any machine has in the other.
    const most = Number(read(`${groups}/${limit}`))
    const kept = Number(files.exec(read(`${groups}/${stat}`))?.[1] ?? 0)
    return Number.isFinite(most) && most > 0 ? most - Number(read(`${groups}/${used}`)) + kept : machine
  })
  return Math.min(machine, ...container)
}

/** Empty where the system has no such file. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
