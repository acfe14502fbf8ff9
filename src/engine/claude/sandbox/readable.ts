import { realpathSync } from 'node:fs'
import { isAbsolute, sep } from 'node:path'
import type { Task } from '../../agent.ts'

/**
 * What the agent's program needs to read outside its folders: itself, Node, the key file of a Google account, and what
 * the instruction's MCP servers name with an absolute path. A path that leads to what is hidden is left out.
 */
export function readablePaths(
  program: string,
  { mcpServers }: Pick<Task, 'mcpServers'>,
  env: Readonly<Record<string, string>>,
  hidden: readonly string[],
): string[] {
  const programs = [program, process.execPath].flatMap(path => [path, real(path)]).map(withItsPackages)
  const others = [env.GOOGLE_APPLICATION_CREDENTIALS ?? '', ...Object.values(mcpServers).flatMap(wordsOf)]
  const paths = [...programs, ...others].filter(isAbsolute)
  return [...new Set(paths)].filter(path => !hidden.some(meets(real(path))))
}

/** A program in a package loads others beside it. */
function withItsPackages(path: string): string {
  const [before, ...rest] = path.split(`${sep}node_modules${sep}`)
  return rest.length > 0 ? `${before}${sep}node_modules` : path
}

/** The words of a server that runs as a command, as mcp.json has it. */
function wordsOf(server: unknown): string[] {
  if (typeof server !== 'object' || server === null) return []
  const { command, args } = server as { command?: unknown; args?: unknown }
  return [command, args].flat().filter(word => typeof word === 'string')
}

/** Where the path leads; itself where it leads nowhere. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

const meets = (path: string) => (hidden: string) => isIn(path, hidden) || isIn(hidden, path)
const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(withSlash(folder))
const withSlash = (folder: string): string => (folder.endsWith(sep) ? folder : folder + sep)
