import { randomUUID } from 'node:crypto'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
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
}

/** Reads a file, writes one, looks at this very process and at the machine's settings: all outside the attempt's folders. */
export async function prepareEscape(dir: string): Promise<Escape> {
  const [workspace, session, tmp] = [join(dir, 'workspace'), join(dir, 'session'), join(dir, 'tmp')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  const [secret, outside, word] = [join(dir, 'secret'), join(dir, 'outside'), randomUUID()]
  await writeFile(secret, `${word}\n`)
  return {
    task: { ...TASK, workspace, session: { dir: session, nativeId: null }, tmp },
    script: [
      'exec > found 2>&1',
      `cat ${quote(secret)}`,
      `echo x > ${quote(outside)}`,
      `readlink /proc/${process.pid}/exe`,
      `[ -w ${SETTING} ] && echo ${SETTING}`,
      'echo tried',
    ].join('\n'),
    booty: async () => {
      const found = await readFile(join(workspace, 'found'), 'utf8').catch(() => '')
      if (!found.endsWith('tried\n')) return 'untried'
      const lines = found.split('\n')
      if (lines.includes(word)) return "the server's files could be read"
      if (lines.includes(process.execPath)) return "the server's process could be seen"
      if (lines.includes(SETTING)) return "the machine's settings could be changed, since the server runs as root"
      return (await isThere(outside)) ? 'files outside could be written' : null
    },
  }
}

/** Who can write this runs any program as the machine's root; root can, in a namespace too, unless it is kept from it. */
const SETTING = '/proc/sys/kernel/core_pattern'

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
