import { access, constants, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { messageOf, UserError } from '../../errors.ts'
import { oneLine } from '../../words.ts'

/** Throws a UserError with a remedy when the CLI cannot be run; `bin` null: the pinned one. */
export async function checkClaude(bin: string | null): Promise<void> {
  const program = bin ?? findClaude()
  await assertProgram(program).catch(cause => {
    const remedy = bin ? 'Correct CLAUDE_BIN, or unset it to use the pinned CLI.' : 'Run "npm ci" again.'
    throw new UserError(`The Claude CLI ${program} cannot be run (${messageOf(cause)}). ${remedy}`, { cause })
  })
}

/** What the CLI calls itself (`2.1.329 (Claude Code)`); throws when it cannot say so. */
export async function claudeVersion(bin: string | null): Promise<string> {
  const { stdout } = await execa(bin ?? findClaude(), ['--version'], { timeout: VERSION_MS, stdin: 'ignore' })
  return oneLine(stdout, 80)
}

const VERSION_MS = 10_000

/** Throws for what is no program that this user may run. */
async function assertProgram(path: string): Promise<void> {
  await access(path, constants.X_OK)
  if (!(await stat(path)).isFile()) throw new Error('it is no file')
}

/**
 * The native program of the pinned CLI. It lies in the package of this platform, and not behind the `.bin` link,
 * which an install script would have to make. Throws a UserError when this platform has none.
 */
export function findClaude(platform: string = process.platform, arch: string = process.arch): string {
  const resolve = createRequire(import.meta.url).resolve
  for (const name of packageNames(platform, arch)) {
    try {
      return join(dirname(resolve(`${name}/package.json`)), platform === 'win32' ? 'claude.exe' : 'claude')
    } catch {
      // Not this one: npm installs only the package that fits the machine.
    }
  }
  throw new UserError(
    `The Claude CLI for ${platform}-${arch} is not installed. Run "npm ci" again, or set CLAUDE_BIN to a claude program.`,
  )
}

// The two C libraries of Linux have a package each; npm installs the one that fits.
function packageNames(platform: string, arch: string): string[] {
  const name = `@anthropic-ai/claude-code-${platform}-${arch}`
  return platform === 'linux' ? [name, `${name}-musl`] : [name]
}
