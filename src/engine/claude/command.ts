import { join } from 'node:path'
import type { Task } from '../agent.ts'

/** Always there: the checklist that the thread shows. It touches nothing but the CLI's own memory. */
const CHECKLIST_TOOL = 'TodoWrite'

/**
 * The CLI's arguments: bidirectional stream-json with the permission prompts on the same pipe. No prompt among them,
 * since `ps` shows arguments to everyone. Nothing that lies in the workspace is trusted: its settings, hooks,
 * commands, skills and MCP servers stay unread.
 */
export function claudeArguments(task: Task, model: string | null, nativeSession: string): string[] {
  return [
    ...['-p', '--verbose', '--output-format', 'stream-json', '--input-format', 'stream-json'],
    '--include-partial-messages',
    ...['--permission-prompt-tool', 'stdio', '--permission-mode', 'acceptEdits'],
    ...['--setting-sources', 'user', '--strict-mcp-config', '--mcp-config', '{"mcpServers":{}}'],
    '--disable-slash-commands',
    ...['--tools', [...task.allowedTools, CHECKLIST_TOOL].join(',')],
    ...(model ? ['--model', model] : []),
    ...(task.session.nativeId ? ['--resume', nativeSession] : ['--session-id', nativeSession]),
  ]
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
    CLAUDE_CONFIG_DIR: join(task.session.dir, 'config'),
    CLAUDE_CODE_TMPDIR: task.tmp,
    TMPDIR: task.tmp,
    ERRAND_ATTEMPT: task.marker,
    CLAUDE_CODE_ENABLE_TASKS: '0', // the checklist as one list in one call, not as a tool call an item
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    // "@/some/path" in anyone's text would put that file before the model without a tool call that we could refuse.
    CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_MAX_RETRIES: '4', // the default of 10 keeps a slot for three minutes
  }
}

/** True for a tool that the task may use without asking. */
export function mayUse(task: Pick<Task, 'allowedTools'>, tool: string): boolean {
  if (tool === CHECKLIST_TOOL) return true
  // `--tools` takes sub-agents by both names; the model calls them by the newer one.
  if (tool === 'Agent' && task.allowedTools.includes('Task')) return true
  return task.allowedTools.includes(tool)
}
