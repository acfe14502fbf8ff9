import { join, resolve, sep } from 'node:path'
import type { Task } from '../agent.ts'
import { REFERENCE } from '../workspace.ts'
import { agentMemory, permissionOf } from './command.ts'

/** The answer to "may this tool run with this input?"; `why` is said to the model. */
export type Decision = { allow: true } | { allow: false; why: string }

const WRITING_TOOLS = ['Write', 'Edit', 'NotebookEdit']

/** What names a path in a tool's input: it stays inside the attempt's own folders. */
const PATH_KEYS = ['file_path', 'notebook_path', 'path']

/**
 * Decides by the instruction alone, whatever the CLI's own rules would say: a tool that it does not name never runs,
 * and a file tool reaches the workspace, the CLI's own memory and the temporary folder only.
 */
export function decide(task: Task, tool: string, input: unknown): Decision {
  const permission = permissionOf(task, tool)
  if (permission === 'never') return { allow: false, why: `This instruction does not allow ${tool}.` }
  // Nobody can be asked yet, and what must be asked never runs unasked.
  if (permission === 'ask') return { allow: false, why: `${tool} needs a person's approval, and nobody can be asked.` }
  if (tool === 'Bash' || tool.startsWith('mcp__')) return { allow: true } // their inputs name no paths in a known way
  const paths = pathsOf(tool, input).map(path => ({ path, absolute: resolve(task.workspace, path) }))
  const outside = paths.find(({ absolute }) => ![task.workspace, agentMemory(task), task.tmp].some(isIn(absolute)))
  if (outside)
    return { allow: false, why: `${outside.path} is outside the workspace; only files inside it may be used.` }
  const kept =
    WRITING_TOOLS.includes(tool) && paths.find(({ absolute }) => isIn(absolute)(join(task.workspace, REFERENCE)))
  return kept ? { allow: false, why: `${kept.path} is reference material and can only be read.` } : { allow: true }
}

function pathsOf(tool: string, input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return []
  // Glob looks where an absolute pattern points, whatever its path says.
  const keys = tool === 'Glob' ? [...PATH_KEYS, 'pattern'] : PATH_KEYS
  const values = keys.map(key => (input as Record<string, unknown>)[key])
  return values.filter(value => typeof value === 'string')
}

const isIn =
  (path: string) =>
  (folder: string): boolean =>
    path === folder || path.startsWith(folder + sep)
