import { basename, relative, resolve, sep } from 'node:path'
import type { Step } from '../../job.ts'
import { oneLine } from '../../words.ts'

type Input = Record<string, unknown>
type Words = (input: Input, workspace: string) => string

/** What a tool call does, in words that a person reads in a thread; `workspace` makes its paths short. */
export function describeTool(tool: string, input: unknown, workspace: string): string {
  // Own properties only: a model may call a tool `constructor`.
  const words = Object.hasOwn(WORDS, tool) ? WORDS[tool] : undefined
  if (words) return words(isInput(input) ? input : {}, workspace)
  const [, server, name] = /^mcp__(.+?)__(.+)$/.exec(tool) ?? []
  return server ? `using ${short(name)} of ${short(server)}` : `using ${short(tool)}`
}

/** The agent's checklist, when this call writes it; null for every other call. */
export function checklistOf(tool: string, input: unknown): Step[] | null {
  if (tool !== 'TodoWrite' || !isInput(input) || !Array.isArray(input.todos)) return null
  return input.todos.filter(isInput).map(todo => ({
    text: textOf(todo.content),
    state: todo.status === 'completed' ? 'done' : todo.status === 'in_progress' ? 'doing' : 'open',
  }))
}

/** What the agent asks with this call, all its questions in one text. */
export const questionText = (input: Input): string =>
  questionsIn(input)
    .map(({ question }) => textOf(question))
    .join(' ')

const WORDS: Record<string, Words> = {
  Read: (input, workspace) => `reading ${shortPath(input.file_path, workspace)}`,
  Write: (input, workspace) => `writing ${shortPath(input.file_path, workspace)}`,
  Edit: (input, workspace) => `editing ${shortPath(input.file_path, workspace)}`,
  NotebookEdit: (input, workspace) => `editing ${shortPath(input.notebook_path, workspace)}`,
  Glob: input => `looking for files named ${short(input.pattern)}`,
  Grep: input => `searching the files for "${short(input.pattern)}"`,
  Bash: input => `running \`${short(input.command)}\``,
  WebSearch: input => `searching the web for "${short(input.query)}"`,
  WebFetch: input => `reading ${short(input.url)}`,
  Agent: input => `sub-agent: ${short(input.description)}`,
  Task: input => `sub-agent: ${short(input.description)}`, // as older programs call it
  // What it asks stands in a post and a line of its own, below this one.
  AskUserQuestion: input => (questionsIn(input).length > 1 ? 'asking some questions' : 'asking a question'),
  TodoWrite: () => 'planning the steps',
}

const questionsIn = ({ questions }: Input): Input[] => (Array.isArray(questions) ? questions.filter(isInput) : [])

const isInput = (value: unknown): value is Input => typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const short = (value: unknown): string => oneLine(textOf(value), 80)

/** Inside the workspace its relative path, elsewhere the name alone: the server's folders are nobody's business. */
function shortPath(value: unknown, workspace: string): string {
  const path = resolve(workspace, textOf(value))
  if (path === workspace) return 'the workspace'
  return short(path.startsWith(workspace + sep) ? relative(workspace, path) : basename(path))
}
