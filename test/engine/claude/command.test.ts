import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { claudeArguments, claudeEnvironment, permissionOf, writeMcpConfig } from '../../../src/engine/claude/command.ts'
import { taskOf } from './task.ts'

const argsOf = (changes = {}, model: string | null = null) => claudeArguments(taskOf(changes), model, 'uuid-1')
const after = (args: string[], flag: string) => args[args.indexOf(flag) + 1]

test('the prompt is no argument, since ps shows those to everyone', () => {
  expect(argsOf({ prompt: 'my secret plan' }).join(' ')).not.toContain('secret')
})

test('only the tools of the instruction, the checklist and the question exist, and in plan mode the plan', () => {
  expect(after(argsOf({ allowedTools: ['Read', 'Bash'] }), '--tools')).toBe('Read,Bash,TodoWrite,AskUserQuestion')
  expect(after(argsOf({ allowedTools: [] }), '--tools')).toBe('TodoWrite,AskUserQuestion')
  expect(after(argsOf({ plan: true }), '--tools')).toMatch(/,ExitPlanMode$/)
  expect(after(argsOf({ plan: true }), '--permission-mode')).toBe('plan')
})

test('nothing of the workspace is trusted, and no permission is skipped', () => {
  const args = argsOf()
  expect(after(args, '--setting-sources')).toBe('')
  expect(args).toContain('--strict-mcp-config')
  expect(after(args, '--permission-prompt-tool')).toBe('stdio')
  expect(args.join(' ')).not.toMatch(/skip-permissions|bypass/)
})

test('a new session gets its id, an old one is resumed', () => {
  expect(after(argsOf(), '--session-id')).toBe('uuid-1')
  const resumed = argsOf({ session: { dir: '/s', nativeId: 'uuid-1' } })
  expect(after(resumed, '--resume')).toBe('uuid-1')
  expect(resumed).not.toContain('--session-id')
})

test('the model is named only where one was chosen', () => {
  expect(after(argsOf({}, 'sonnet'), '--model')).toBe('sonnet')
  expect(argsOf()).not.toContain('--model')
})

test("the environment is the configuration's and folders of the attempt's own, which nothing overrides", () => {
  process.env.ERRAND_TEST_SECRET = 'hidden'
  const given = {
    PATH: '/bin',
    HOME: '/root',
    CLAUDE_CONFIG_DIR: '/root',
    CLAUDE_CODE_DISABLE_FILE_MENTIONS: '0',
    TZ: 'UTC',
  }
  const env = claudeEnvironment(taskOf(), given)
  delete process.env.ERRAND_TEST_SECRET
  expect(env).toMatchObject({
    PATH: '/bin',
    TZ: 'UTC',
    HOME: '/data/sessions/s',
    CLAUDE_CONFIG_DIR: '/data/sessions/s/config',
    TMPDIR: '/data/tmp/job00001-1',
    CLAUDE_CODE_TMPDIR: '/data/tmp/job00001-1',
    CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1',
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    ERRAND_ATTEMPT: 'job00001/1',
  })
  expect(Object.values(env)).not.toContain('hidden')
})

test('text is UTF-8 unless the configuration has a language', () => {
  expect(claudeEnvironment(taskOf(), {}).LANG).toBe('C.UTF-8')
  expect(claudeEnvironment(taskOf(), { LANG: 'de_DE.UTF-8' }).LANG).toBe('de_DE.UTF-8')
})

test('a tool runs freely, after an approval, or never, under the name that the model calls it by', () => {
  const task = taskOf({ allowedTools: ['Read', 'Task'], askTools: ['Bash'], mcpServers: { crm: {} } })
  const tools = [
    'Read',
    'TodoWrite',
    'Task',
    'Agent',
    'Write',
    'Bash',
    'mcp__crm__find',
    'mcp__crm',
    'mcp__other__find',
  ]
  expect(Object.fromEntries(tools.map(tool => [tool, permissionOf(task, tool)]))).toEqual({
    ...{ Read: 'free', TodoWrite: 'free', Task: 'free', Agent: 'free', Write: 'never', Bash: 'ask' },
    ...{ mcp__crm__find: 'free', mcp__crm: 'never', mcp__other__find: 'never' },
  })
  expect(permissionOf(taskOf({ askTools: ['Task'] }), 'Agent')).toBe('ask')
})

test("a link in the place of the servers' file is replaced, not followed", async () => {
  const dir = await mkdtemp(join(tmpdir(), 'errand-mcp-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'precious'), 'kept')
  await symlink('precious', join(dir, 'mcp.json'))
  await writeMcpConfig(taskOf({ session: { dir, nativeId: null } }))
  expect(await readFile(join(dir, 'precious'), 'utf8')).toBe('kept')
  expect(await readFile(join(dir, 'mcp.json'), 'utf8')).toBe('{"mcpServers":{}}')
})
