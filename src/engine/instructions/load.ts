import { type Dirent, lstatSync, statSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, UserError } from '../../errors.ts'
import type { Sandboxes } from '../../sandbox.ts'
import type { Instruction, Instructions } from './instruction.ts'
import { type McpServers, readMcpServers } from './mcp.ts'
import { INSTRUCTION_NAME, RESERVED_NAMES } from './names.ts'
import { type ParsedInstruction, parseInstruction } from './parse.ts'

/**
 * Reads every instruction of the folder: `*.md`, but not README.md, hidden files and folders in it. A file with a
 * mistake is reported and stops no other. Throws a UserError when the folder itself cannot be read.
 * Without `sandboxes` it is not checked whether each has the sandbox that it needs.
 */
export async function loadInstructions(dir: string, sandboxes: Sandboxes | null = null): Promise<Instructions> {
  const files = await instructionFiles(dir)
  const { servers, mistakes } = await readMcpServers(dir)
  const byName = new Map<string, Instruction>()
  for (const file of files) {
    const parsed = await readInstruction(dir, file, { servers, sandboxes })
    if (parsed.ok) byName.set(parsed.instruction.name, parsed.instruction)
    else mistakes.push(...parsed.mistakes)
  }
  return { byName, mistakes, mcpServers: servers ?? new Map() }
}

async function instructionFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(error => {
    throw new UserError(
      `The instructions folder ${dir} cannot be read (${messageOf(error)}). Make it, or set INSTRUCTIONS_DIR to the one that holds them.`,
      { cause: error },
    )
  })
  return entries
    .filter(isInstruction)
    .map(({ name }) => name)
    .sort()
}

const isInstruction = (entry: Dirent): boolean =>
  (entry.isFile() || entry.isSymbolicLink()) && /^[^.].*\.md$/.test(entry.name) && !/^readme\.md$/i.test(entry.name)

async function readInstruction(
  dir: string,
  file: string,
  beside: { servers: McpServers; sandboxes: Sandboxes | null },
): Promise<ParsedInstruction> {
  const name = file.slice(0, -'.md'.length)
  const failed = (message: string): ParsedInstruction => ({ ok: false, mistakes: [{ file, line: 1, message }] })
  const wrongName = nameFault(name)
  if (wrongName) return failed(wrongName)
  const read = await readWithFolder(join(dir, name)).catch((error: unknown) => ({ error }))
  if ('error' in read)
    return failed(`The file cannot be read (${messageOf(read.error)}): make it readable, as UTF-8 text.`)
  const { source, reference } = read
  const isReference = (path: string) => reference !== null && isFile(join(reference, path))
  const parsed = parseInstruction(name, source, { ...beside, isReference })
  return parsed.ok ? { ok: true, instruction: { ...parsed.instruction, reference } } : parsed
}

const readWithFolder = async (path: string): Promise<{ source: string; reference: string | null }> => ({
  source: await readText(`${path}.md`),
  reference: await referenceFolder(path),
})

/** Its real path, so that whoever copies the folder need not follow a link; null where there is no such folder. */
async function referenceFolder(path: string): Promise<string | null> {
  if (!statSync(path, IF_THERE)?.isDirectory()) return null
  return await realpath(path)
}

const isFile = (path: string): boolean => lstatSync(path, IF_THERE)?.isFile() ?? false

const IF_THERE = { throwIfNoEntry: false } as const

/** Strict, because an instruction must not run with some of its letters replaced. */
const readText = async (path: string): Promise<string> =>
  new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))

function nameFault(name: string): string | null {
  if (!INSTRUCTION_NAME.test(name))
    return 'The file name must begin with a-z and go on with a-z, 0-9 or -, at most 32 in all before `.md`: rename the file.'
  return RESERVED_NAMES.has(name) ? `\`${name}\` is a command of Errand itself: rename the file.` : null
}
