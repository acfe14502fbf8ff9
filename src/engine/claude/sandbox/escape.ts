import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Task } from '../../agent.ts'

/** An attempt to get out of a sandbox. */
export type Escape = {
  /** Folders that the sandboxed may use. */
  task: Task
  /** A shell command to be run in the workspace. */
  script: string
  /** What the script got hold of, in words; null: nothing. `untried` when it did not run. */
  booty(): Promise<string | null | 'untried'>
  /** Ends the service that was there to be reached. */
  close(): void
}

/**
 * Reads a file, writes one, looks at this very process and at the machine's settings, all outside the attempt's folders;
 * connects to a service of this machine, and to where a cloud tells its machines their secrets.
 */
export async function prepareEscape(dir: string): Promise<Escape> {
  const [workspace, session, tmp] = [join(dir, 'workspace'), join(dir, 'session'), join(dir, 'tmp')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  const [secret, outside, word] = [join(dir, 'secret'), join(dir, 'outside'), randomUUID()]
  await writeFile(secret, `${word}\n`)
  const service = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { port } = service.address() as AddressInfo
  return {
    task: { ...TASK, workspace, session: { dir: session, nativeId: null }, tmp },
    script: [
      'exec > found 2>&1',
      `cat ${quote(secret)}`,
      `echo x > ${quote(outside)}`,
      `readlink /proc/${process.pid}/exe`,
      `[ -w ${SETTING} ] && echo ${SETTING}`,
      ...[`127.0.0.1 ${port}`, `${METADATA} 80`].map(to => `${quote(process.execPath)} -e ${quote(CONNECT)} ${to}`),
      'echo tried',
    ].join('\n'),
    booty: async () => {
      const found = await readFile(join(workspace, 'found'), 'utf8').catch(() => '')
      if (!found.endsWith('tried\n')) return 'untried'
      const lines = found.split('\n')
      if (lines.includes(word)) return "the server's files could be read"
      if (lines.includes(process.execPath)) return "the server's process could be seen"
      if (lines.includes(SETTING)) return "the machine's settings could be changed, since the server runs as root"
      if (lines.includes('reached 127.0.0.1')) return 'a service of this machine could be reached'
      if (lines.includes(`reached ${METADATA}`)) return 'the network could be reached'
      return (await isThere(outside)) ? 'files outside could be written' : null
    },
    close: () => void service.close(),
  }
}

/** Who can write this runs any program as the machine's root; root can, in a namespace too, unless it is kept from it. */
const SETTING = '/proc/sys/kernel/core_pattern'

/** Where clouds have the credentials of a machine for whoever asks from it. */
const METADATA = '169.254.169.254'

/** By Node, since no other program that connects is on every machine. */
const CONNECT = `const [host, port] = process.argv.slice(1)
require('net').connect({ host, port }, () => console.log('reached ' + host)).on('error', () => {})
setTimeout(process.exit, 1000).unref()`

const TASK = {
  marker: 'sandbox/try',
  prompt: 'Try the sandbox.',
  allowedTools: ['Bash'],
  askTools: [],
  sandbox: null,
  network: null,
  mcpServers: {},
  model: null,
  stallMs: 60_000,
  maxCostUsd: null,
  isFunded: () => true,
  onCall: () => {},
  onOpen: () => {},
  plan: false,
  ask: async () => null,
}

/** As one word for a shell. */
const quote = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
