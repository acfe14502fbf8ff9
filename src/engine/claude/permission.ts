import { join, resolve, sep } from 'node:path'
import type { QuestionKind } from '../../job.ts'
import type { Task } from '../agent.ts'
import { REFERENCE } from '../workspace.ts'
import { ASKING_TOOL, agentMemory, PLAN_TOOL, permissionOf } from './command.ts'
import { plansOf } from './plan.ts'

/** The answer to "may this tool run with this input?": `asked` after a person's answer; `why` is said to the model. */
export type Decision = { allow: true } | { allow: 'asked'; kind: QuestionKind } | { allow: false; why: string }

const WRITING_TOOLS = ['Write', 'Edit', 'NotebookEdit']

/** What an agent may use before its plan is approved: none of these changes anything. */
const LOOKING_TOOLS = ['Read', 'Glob', 'Grep', 'WebSearch', 'WebFetch', 'TodoWrite', 'Agent', ASKING_TOOL, PLAN_TOOL]

/** What names a path in a tool's input: it stays inside the attempt's own folders. */
const PATH_KEYS = ['file_path', 'notebook_path', 'path']

/**
 * Decides by the instruction alone, whatever the CLI's own rules would say: a tool that it does not name never runs,
 * and a file tool reaches the workspace, the CLI's own memory and the temporary folder only. `planning`: the plan is
 * not approved yet.
 */
export function decide(task: Task, tool: string, input: unknown, planning = false): Decision {
  const permission = permissionOf(task, tool)
  if (permission === 'never') return { allow: false, why: `This instruction does not allow ${tool}.` }
  const isFree: Decision = permission === 'ask' ? { allow: 'asked', kind: kindOf(tool) } : { allow: true }
  if (planning && !LOOKING_TOOLS.includes(tool) && !writesPlan(task, tool, input))
    return { allow: false, why: `${tool} may run once a person has approved your plan: finish the plan first.` }
  if (tool === 'Bash' || tool.startsWith('mcp__')) return isFree // their inputs name no paths in a known way
  const paths = pathsOf(tool, input).map(path => ({ path, absolute: resolve(task.workspace, path) }))
  const outside = paths.find(({ absolute }) => ![task.workspace, agentMemory(task), task.tmp].some(isIn(absolute)))
  if (outside)
    return { allow: false, why: `${outside.path} is outside the workspace; only files inside it may be used.` }
  const kept =
    WRITING_TOOLS.includes(tool) && paths.find(({ absolute }) => isIn(absolute)(join(task.workspace, REFERENCE)))
  return kept ? { allow: false, why: `${kept.path} is reference material and can only be read.` } : isFree
}

const kindOf = (tool: string): QuestionKind =>
  tool === ASKING_TOOL ? 'question' : tool === PLAN_TOOL ? 'plan' : 'approval'

function writesPlan(task: Task, tool: string, input: unknown): boolean {
  const paths = pathsOf(tool, input)
  return WRITING_TOOLS.includes(tool) && paths.length > 0 && paths.every(path => isIn(resolve(path))(plansOf(task)))
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
