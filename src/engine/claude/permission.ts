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
 * of the memory it writes plans alone. `planning`: the plan is not approved yet. `cwd`: where the agent has gone
 * by `cd`, and where its paths begin.
 */
export function decide(
  task: Task,
  tool: string,
  input: unknown,
  { planning = false, cwd = task.workspace }: { planning?: boolean; cwd?: string | undefined } = {},
): Decision {
  const permission = permissionOf(task, tool)
  if (permission === 'never') return { allow: false, why: `This instruction does not allow ${tool}.` }
  const places = placesIn(tool, input, { cwd, home: task.session.dir })
  const isFree: Decision = permission === 'ask' ? { allow: 'asked', kind: kindOf(tool) } : { allow: true }
  if (planning && !LOOKING_TOOLS.includes(tool) && !writesPlan(task, tool, places))
    return { allow: false, why: `${tool} may run once a person has approved your plan: finish the plan first.` }
  if (tool === 'Bash' || tool.startsWith('mcp__')) return isFree // their inputs name no paths in a known way
  const memory = WRITING_TOOLS.includes(tool) ? plansOf(task) : agentMemory(task)
  const own = [task.workspace, memory, task.tmp].map(realOf)
  const outside = places.find(({ at }) => !own.some(isIn(at)))
  if (outside)
    return { allow: false, why: `${outside.path} is outside the workspace; only files inside it may be used.` }
  const reference = realOf(join(task.workspace, REFERENCE))
  const kept = WRITING_TOOLS.includes(tool) && places.find(({ at }) => isIn(at)(reference))
  return kept ? { allow: false, why: `${kept.path} is reference material and can only be read.` } : isFree
}

const kindOf = (tool: string): QuestionKind =>
  tool === ASKING_TOOL ? 'question' : tool === PLAN_TOOL ? 'plan' : 'approval'

/** A path of an input, and where it leads. */
type Place = { path: string; at: string }

const writesPlan = (task: Task, tool: string, places: readonly Place[]): boolean =>
  WRITING_TOOLS.includes(tool) && places.length > 0 && places.every(({ at }) => isIn(at)(realOf(plansOf(task))))

/** As the paths stand, and as the CLI reads them, which differs by tool. */
const placesIn = (tool: string, input: unknown, { cwd, home }: { cwd: string; home: string }): Place[] =>
  pathsOf(tool, input).flatMap(path =>
    [path, expanded(path, home)].map(reading => ({ path, at: realOf(resolve(cwd, reading)) })),
  )

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
