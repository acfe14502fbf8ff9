import type { Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, UserError } from '../../errors.ts'
import type { Instruction, Instructions, Mistake } from './instruction.ts'
import { INSTRUCTION_NAME, RESERVED_NAMES } from './names.ts'
import { type ParsedInstruction, parseInstruction } from './parse.ts'

/**
 * Reads every instruction of the folder: `*.md`, but not README.md, hidden files and folders in it. A file with a
 * mistake is reported and stops no other. Throws a UserError when the folder itself cannot be read.
 */
export async function loadInstructions(dir: string): Promise<Instructions> {
  const byName = new Map<string, Instruction>()
  const mistakes: Mistake[] = []
  for (const file of await instructionFiles(dir)) {
    const parsed = await readInstruction(dir, file)
    if (parsed.ok) byName.set(parsed.instruction.name, parsed.instruction)
    else mistakes.push(...parsed.mistakes)
  }
  return { byName, mistakes }
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

async function readInstruction(dir: string, file: string): Promise<ParsedInstruction> {
  const name = file.slice(0, -'.md'.length)
  const failed = (message: string): ParsedInstruction => ({ ok: false, mistakes: [{ file, line: 1, message }] })
  const wrongName = nameFault(name)
  if (wrongName) return failed(wrongName)
  const source = await readText(join(dir, file)).catch((error: unknown) => ({ error }))
  if (typeof source === 'string') return parseInstruction(name, source)
  return failed(`The file cannot be read (${messageOf(source.error)}): make it readable, as UTF-8 text.`)
}

/** Strict, because an instruction must not run with some of its letters replaced. */
const readText = async (path: string): Promise<string> =>
  new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))

function nameFault(name: string): string | null {
  if (!INSTRUCTION_NAME.test(name))
    return 'The file name must begin with a-z and go on with a-z, 0-9 or -, at most 32 in all before `.md`: rename the file.'
  return RESERVED_NAMES.has(name) ? `\`${name}\` is a command of Errand itself: rename the file.` : null
}
