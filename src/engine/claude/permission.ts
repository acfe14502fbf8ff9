import { isAbsolute, relative, resolve } from 'node:path'
import type { Task } from '../agent.ts'
import { mayUse } from './command.ts'

/** The answer to "may this tool run with this input?"; `why` is said to the model. */
export type Decision = { allow: true } | { allow: false; why: string }

/** Tools whose input names a path: they stay inside the attempt's own folders. */
const PATH_KEYS = ['file_path', 'notebook_path', 'path']

/**
 * Decides by the instruction alone, whatever the CLI's own rules would say: a tool that it does not name never runs,
 * and a file tool reaches the workspace, the session's folder and the temporary folder only.
 */
export function decide(task: Task, tool: string, input: unknown): Decision {
  if (!mayUse(task, tool)) return { allow: false, why: `This instruction does not allow ${tool}.` }
  const outside = pathsOf(input).find(path => !isInside(task, path))
  if (outside === undefined || tool === 'Bash') return { allow: true }
  return { allow: false, why: `${outside} is outside the workspace; only files inside it may be used.` }
}

function pathsOf(input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return []
  const values = PATH_KEYS.map(key => (input as Record<string, unknown>)[key])
  return values.filter(value => typeof value === 'string')
}

function isInside(task: Task, path: string): boolean {
  const absolute = resolve(task.workspace, path)
  return [task.workspace, task.session.dir, task.tmp].some(folder => {
    const inside = relative(folder, absolute)
    return !inside.startsWith('..') && !isAbsolute(inside)
  })
}
