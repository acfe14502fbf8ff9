import { lstatSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../remove-tree.ts'
import { agentMemory, TRUSTS_NOTHING } from './command.ts'

/** What of its memory a session needs. All else sets up the CLI, down to its environment, and the agent may have written it. */
const KEPT = ['projects', 'plans']

/**
 * A shell command that opens a session as its jobs left it: with its own memory, and the account and home of who types
 * it. It runs outside every sandbox: what the agent left there for its own shell or CLI is removed, so nothing of the
 * session may go on.
 */
export async function openCommand(
  bin: string,
  workspace: string,
  session: { dir: string; nativeId: string },
): Promise<string> {
  const memory = agentMemory({ session })
  await keepOnly(memory, KEPT)
  const args = [bin, ...TRUSTS_NOTHING, '--resume', session.nativeId].map(shellWord)
  return `cd ${shellWord(workspace)} && CLAUDE_CONFIG_DIR=${shellWord(memory)} ${args.join(' ')}`
}

async function keepOnly(folder: string, names: readonly string[]): Promise<void> {
  const stat = lstatSync(folder, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return await rm(folder, { force: true }) // a link would lead to where nothing was removed
  for (const name of await readdir(folder)) if (!names.includes(name)) await removeTree(join(folder, name))
}

const shellWord = (text: string): string => (/^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
