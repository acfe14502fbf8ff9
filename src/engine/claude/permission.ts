import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
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
 * and a file tool reaches the workspace, the CLI's own memory and the temporary folder only, by links that lie there too;
 * of the memory it writes plans alone. `planning`: the plan is not approved yet.
 */
export function decide(task: Task, tool: string, input: unknown, planning = false): Decision {
  const permission = permissionOf(task, tool)
  if (permission === 'never') return { allow: false, why: `This instruction does not allow ${tool}.` }
  const isFree: Decision = permission === 'ask' ? { allow: 'asked', kind: kindOf(tool) } : { allow: true }
  if (planning && !LOOKING_TOOLS.includes(tool) && !writesPlan(task, tool, input))
    return { allow: false, why: `${tool} may run once a person has approved your plan: finish the plan first.` }
  if (tool === 'Bash' || tool.startsWith('mcp__')) return isFree // their inputs name no paths in a known way
  const paths = placesIn(task, tool, input)
  const memory = WRITING_TOOLS.includes(tool) ? plansOf(task) : agentMemory(task)
  const own = [task.workspace, memory, task.tmp].map(realOf)
  const outside = paths.find(({ at }) => !own.some(isIn(at)))
  if (outside)
    return { allow: false, why: `${outside.path} is outside the workspace; only files inside it may be used.` }
  const reference = realOf(join(task.workspace, REFERENCE))
  const kept = WRITING_TOOLS.includes(tool) && paths.find(({ at }) => isIn(at)(reference))
  return kept ? { allow: false, why: `${kept.path} is reference material and can only be read.` } : isFree
}

const kindOf = (tool: string): QuestionKind =>
  tool === ASKING_TOOL ? 'question' : tool === PLAN_TOOL ? 'plan' : 'approval'

function writesPlan(task: Task, tool: string, input: unknown): boolean {
  const paths = placesIn(task, tool, input)
  return WRITING_TOOLS.includes(tool) && paths.length > 0 && paths.every(({ at }) => isIn(at)(realOf(plansOf(task))))
}

/** The paths of an input, and where they lead: as they stand, and as the CLI reads them, which differs by tool. */
function placesIn(task: Task, tool: string, input: unknown): { path: string; at: string }[] {
  return pathsOf(tool, input).flatMap(path =>
    [path, expanded(path, task.session.dir)].map(reading => ({ path, at: realOf(resolve(task.workspace, reading)) })),
  )
}

function expanded(path: string, home: string): string {
  const read = path.trim().normalize('NFC')
  return read === '~' || read.startsWith('~/') ? join(home, read.slice(1)) : read
}

/** Without links, also where it is not there yet; the root for what cannot be told, such as a link that leads nowhere. */
function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return isNothing(path) ? join(realOf(dirname(path)), basename(path)) : sep
  }
}

function isNothing(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
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
