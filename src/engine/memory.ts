import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'

const GROUPS = '/sys/fs/cgroup'

/** How the two versions of control groups name a process's group, its limit, what it uses, and how much of that are files. */
const VERSIONS = [
  {
    ...{ own: /^0::(\/.*)$/m, folder: '', limit: 'memory.max', used: 'memory.current' },
    files: /^inactive_file (\d+)$/m,
  },
  {
    ...{ own: /^\d+:(?:.*,)?memory(?:,.*)?:(\/.*)$/m, folder: '/memory' },
    ...{ limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', files: /^total_inactive_file (\d+)$/m },
  },
]

/**
 * Bytes of memory that are free for more processes: of the machine, and of each control group with a limit that this
 * process is in (a container, a service of systemd). What the system keeps of files in memory counts as free, since it
 * gives that up first. `own` is what `/proc/self/cgroup` says; in a container it may name a folder of the machine's,
 * which is not there, and the container's own limit stands at the root.
 */
export function freeMemory(groups = GROUPS, own = read('/proc/self/cgroup')): number {
  const machine = Number(/^MemAvailable: +(\d+) kB$/m.exec(read('/proc/meminfo'))?.[1] ?? freemem() / 1024) * 1024
  const free = VERSIONS.flatMap(({ own: named, folder, limit, used, files }) =>
    withParents(named.exec(own)?.[1] ?? '/').map(path => {
      const group = `${groups}${folder}${path}`
      // Without a limit it is "max" in one version, and more than any machine has in the other.
      const most = Number(read(`${group}/${limit}`))
      if (!Number.isFinite(most) || most <= 0) return machine
      const kept = Number(files.exec(read(`${group}/memory.stat`))?.[1] ?? 0)
      return most - Number(read(`${group}/${used}`)) + kept
    }),
  )
  return Math.min(machine, ...free)
}

/** `/a/b` gives the empty path, `/a` and `/a/b`. */
function withParents(path: string): string[] {
  const names = path.split('/').filter(name => name !== '')
  return [...names.keys(), names.length].map(depth =>
    names
      .slice(0, depth)
      .map(name => `/${name}`)
      .join(''),
  )
}

/** Empty where the system has no such file. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
