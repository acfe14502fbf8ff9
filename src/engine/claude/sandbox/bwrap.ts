import { lstatSync, readlinkSync } from 'node:fs'
import { release } from 'node:os'
import { join, sep } from 'node:path'
import type { Task } from '../../agent.ts'
import { REFERENCE } from '../../workspace.ts'
import type { Bridge } from '../network/gateway.ts'

/** What every program may need of the system. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']
/** Of /etc only what programs need to find libraries, hosts, users, the time and certificates, not their keys. */
const ETC = [
  ...['alternatives', 'ca-certificates', 'crypto-policies', 'fonts', 'gai.conf', 'group', 'host.conf', 'hosts'],
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'mime.types', 'nsswitch.conf', 'os-release', 'passwd'],
  ...['pki/ca-trust', 'pki/tls/certs', 'pki/tls/openssl.cnf', 'protocols', 'resolv.conf', 'services', 'ssl/certs'],
  ...['ssl/openssl.cnf', 'timezone'],
].map(name => join('/etc', name))

/** How many processes, threads included, an agent may have at once; the CLI alone has about thirty. */
export const MAX_PROCESSES = 512

/**
 * What a command may read besides its folders, what of the system it may not see, and the only ways out of a network of
 * its own; `bridges` null: the machine's network.
 */
export type Surroundings = { readable: readonly string[]; hidden: readonly string[]; bridges: readonly Bridge[] | null }

/**
 * A command in front of which everything else of the machine is gone. The agent sees the system, `readable` and the
 * folders of its own attempt, of which it may write workspace, memory and temporary folder; it has a /proc without
 * foreign processes, no rights and no further namespaces. When the command ends, is
 * killed, or its server dies, every process that it has started is gone with it; there are never more than the limit,
 * unless the server is root's, whom the kernel does not limit.
 */
export function inBubblewrap(
  command: readonly string[],
  task: Pick<Task, 'workspace' | 'session' | 'tmp'>,
  { readable, hidden, bridges }: Surroundings,
): string[] {
  const masked = hidden.filter(isIn(SYSTEM))
  return [
    // SIGTERM goes to the whole group: bubblewrap must outlive it, or the agent has no time to end by itself. Its
    // session is new already (see process.ts), so no terminal is in reach.
    ...['env', '--ignore-signal=TERM', 'bwrap', '--die-with-parent'],
    ...[
      '--unshare-user',
      '--disable-userns',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ],
    ...(bridges === null ? [] : ['--unshare-net']),
    ...['--cap-drop', 'ALL'], // root would keep its rights over what it can still reach
    ...SYSTEM.flatMap(asItIs),
    ...ETC.flatMap(readOnly),
    ...masked.flatMap(path => (isFolder(path) ? ['--tmpfs', path] : readOnlyAt('/dev/null', path))),
    // To the kernel, root is root in a namespace too: the settings of the machine are files that it owns.
    ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys', '--dev', '/dev'],
    ...['--bind', task.tmp, '/tmp'], // on the disk, where it is counted, and not in the machine's memory
    ...readable.flatMap(readOnly),
    ...[task.workspace, task.session.dir, task.tmp].flatMap(path => ['--bind', path, path]),
    ...[join(task.workspace, REFERENCE)].filter(isFolder).flatMap(readOnly),
    ...['/', ...masked.filter(isFolder)].flatMap(path => ['--remount-ro', path]),
    ...['--chdir', task.workspace],
    ...['--', '/usr/bin/env', '--default-signal=TERM', ...limited(release())],
    ...(bridges === null ? command : overBridges(bridges, command)),
  ]
}

/** What is said where socat is not there. */
export const NO_BRIDGE = 'socat does not run'

/** Begins once every bridge stands; each ends with the command, as all else does. */
function overBridges(bridges: readonly Bridge[], command: readonly string[]): string[] {
  const built = bridges.map(
    ({ port, socket }) =>
      `socat TCP-LISTEN:${port},bind=127.0.0.1,fork UNIX-CONNECT:${socket} </dev/null >/dev/null 2>&1 & pids="$pids $!"`,
  )
  // How many sockets of TCP there are. /proc/net/tcp would name their ports, and takes the kernel 6 ms at each look.
  const look = '{ read -r _; read -r _ _ used _; } < /proc/net/sockstat'
  const lives = `for pid in $pids; do kill -0 $pid 2>/dev/null || { echo '${NO_BRIDGE}' >&2; exit 1; }; done`
  const script = [
    ...built,
    `until ${look}; [ "$used" -ge ${bridges.length} ]; do ${lives}; sleep 0.002; done`,
    'exec "$@"',
  ]
  return ['/bin/sh', '-c', script.join('\n'), 'sh', ...command]
}

/**
 * Since Linux 5.14 the limit counts what is in the agent's own namespace; before, all that the server's user runs, other
 * jobs included. It is set inside, since outside it would count for bubblewrap's own start.
 */
export function limited(kernel: string): string[] {
  const [major = 0, minor = 0] = kernel.split('.').map(Number.parseFloat)
  return major > 5 || (major === 5 && minor >= 14) ? ['prlimit', `--nproc=${MAX_PROCESSES}:${MAX_PROCESSES}`] : []
}

/** Where the system's folders are links to each other, the same links. */
function asItIs(path: string): string[] {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat?.isSymbolicLink()) return ['--symlink', readlinkSync(path), path]
  return stat === undefined ? [] : readOnlyAt(path, path)
}

const readOnly = (path: string): string[] => readOnlyAt(path, path)
const readOnlyAt = (source: string, path: string): string[] => ['--ro-bind-try', source, path]

// What an agent put there as a link leads nowhere: bubblewrap would follow it outside.
const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

const isIn =
  (folders: readonly string[]) =>
  (path: string): boolean =>
    folders.some(folder => path.startsWith(folder + sep))
