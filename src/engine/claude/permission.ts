import { resolve, sep } from 'node:path'
import type { Task } from '../agent.ts'
import { mayUse } from './command.ts'

/** The answer to "may this tool run with this input?"; `why` is said to the model. */
export type Decision = { allow: true } | { allow: false; why: string }

/** What names a path in a tool's input: it stays inside the attempt's own folders. */
const PATH_KEYS = ['file_path', 'notebook_path', 'path']

/**
 * Decides by the instruction alone, whatever the CLI's own rules would say: a tool that it does not name never runs,
 * and a file tool reaches the workspace, the session's folder and the temporary folder only.
 */
export function decide(task: Task, tool: string, input: unknown): Decision {
  if (!mayUse(task, tool)) return { allow: false, why: `This instruction does not allow ${tool}.` }
  const outside = pathsOf(tool, input).find(path => !isInside(task, path))
  if (outside === undefined || tool === 'Bash') return { allow: true }
  return { allow: false, why: `${outside} is outside the workspace; only files inside it may be used.` }
}

function pathsOf(tool: string, input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return []
  // Glob looks where an absolute pattern points, whatever its path says.
  const keys = tool === 'Glob' ? [...PATH_KEYS, 'pattern'] : PATH_KEYS
  const values = keys.map(key => (input as Record<string, unknown>)[key])
  return values.filter(value => typeof value === 'string')
}

function isInside(task: Task, path: string): boolean {
  const absolute = resolve(task.workspace, path)
  return [task.workspace, task.session.dir, task.tmp].some(
    folder => absolute === folder || absolute.startsWith(folder + sep),
  )
}
