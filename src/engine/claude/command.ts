import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task } from '../agent.ts'
import { MARKER_VARIABLE } from '../reaper.ts'

/** The CLI's own limit of one request. */
const API_TIMEOUT_MS = 600_000

/** The CLI would remove transcripts after 30 days, and when a session goes is the retention's to decide. */
const SETTINGS = { cleanupPeriodDays: 36_500 }

/** Before it fetches a page, the CLI would ask a host of Anthropic's about it, which an instruction need not name. */
export const settingsOf = ({ network }: Pick<Task, 'network'>): object =>
  network === null ? SETTINGS : { ...SETTINGS, skipWebFetchPreflight: true }

/** Always there: the checklist that the thread shows. It touches nothing but the CLI's own memory. */
const CHECKLIST_TOOL = 'TodoWrite'
/** Always there: what asks a person. */
export const ASKING_TOOL = 'AskUserQuestion'
/** There while a plan is wanted: what asks a person to approve it. */
export const PLAN_TOOL = 'ExitPlanMode'

/** Settings and servers of the folders that an agent writes to stay unread. */
export const TRUSTS_NOTHING = ['--setting-sources', '', '--strict-mcp-config']

/**
 * The CLI's arguments: bidirectional stream-json with the permission prompts on the same pipe. No prompt among them,
 * since `ps` shows arguments to everyone. Nothing that lies in the workspace is trusted, nor in the agent's memory: the
 * settings, hooks, commands, skills and MCP servers there stay unread.
 */
export function claudeArguments(task: Task, model: string | null, nativeSession: string): string[] {
  return [
    ...['-p', '--verbose', '--output-format', 'stream-json', '--input-format', 'stream-json'],
    '--include-partial-messages',
    ...['--permission-prompt-tool', 'stdio', '--permission-mode', task.plan ? 'plan' : 'acceptEdits'],
    ...['--settings', JSON.stringify(settingsOf(task))],
    ...[...TRUSTS_NOTHING, '--mcp-config', mcpConfigOf(task)],
    '--disable-slash-commands',
    ...['--tools', toolsOf(task).join(',')],
    ...(task.maxCostUsd === null ? [] : ['--max-budget-usd', String(task.maxCostUsd)]),
    ...(model ? ['--model', model] : []),
    ...(task.session.nativeId ? ['--resume', nativeSession] : ['--session-id', nativeSession]),
  ]
}

const toolsOf = ({ allowedTools, askTools, plan }: Task): string[] => {
  const named = [...allowedTools, ...askTools, CHECKLIST_TOOL, ASKING_TOOL, ...(plan ? [PLAN_TOOL] : [])]
  return [...new Set(named)]
}

/** Where the CLI keeps transcripts, plans and long results of tools, which its model reads back. */
export const agentMemory = ({ session }: { session: { dir: string } }): string => join(session.dir, 'config')

const mcpConfigOf = (task: Task): string => join(task.session.dir, 'mcp.json')

/** Writes the servers where the CLI reads them: as an argument their secrets would be seen by everyone. */
export async function writeMcpConfig(task: Task): Promise<void> {
  // The folder is the agent's: what an earlier attempt left there may be a link.
  await rm(mcpConfigOf(task), { recursive: true, force: true })
  await writeFile(mcpConfigOf(task), JSON.stringify({ mcpServers: task.mcpServers }), { mode: 0o600, flag: 'wx' })
}

/**
 * The CLI's whole environment: what the configuration lets through, and folders of its own for home, memory and
 * temporary files, so that no job sees another's sessions.
 */
export function claudeEnvironment(task: Task, agentEnv: Readonly<Record<string, string>>): Record<string, string> {
  return {
    LANG: 'C.UTF-8',
    ...agentEnv,
    HOME: task.session.dir,
    CLAUDE_CONFIG_DIR: agentMemory(task),
    CLAUDE_CODE_TMPDIR: task.tmp,
    TMPDIR: task.tmp,
    [MARKER_VARIABLE]: task.marker,
    CLAUDE_CODE_ENABLE_TASKS: '0', // the checklist as one list in one call, not as a tool call an item
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1', // a job's end is the end of all that it does
    // "@/some/path" in anyone's text would put that file before the model without a tool call that we could refuse.
    CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_MAX_RETRIES: '4', // the default of 10 keeps a slot for three minutes
    // A request that hangs is to be given up, and tried again, before the whole attempt counts as stalled.
    API_TIMEOUT_MS: String(Math.min(API_TIMEOUT_MS, Math.floor(task.stallMs * 0.8))),
  }
}

/** Whether the task may use a tool: freely, after an approval, or never. */
export function permissionOf(
  task: Pick<Task, 'allowedTools' | 'askTools' | 'mcpServers' | 'plan'>,
  tool: string,
): 'free' | 'ask' | 'never' {
  if (tool === ASKING_TOOL || (tool === PLAN_TOOL && task.plan)) return 'ask'
  // `--tools` takes sub-agents by both names; the model calls them by the newer one.
  const names = tool === 'Agent' ? [tool, 'Task'] : [tool]
  if (names.some(name => task.askTools.includes(name))) return 'ask'
  if (tool === CHECKLIST_TOOL || names.some(name => task.allowedTools.includes(name))) return 'free'
  return Object.keys(task.mcpServers).some(server => tool.startsWith(`mcp__${server}__`)) ? 'free' : 'never'
}
