import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { UserError } from '../../errors.ts'

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
