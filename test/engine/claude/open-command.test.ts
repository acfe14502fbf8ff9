import { access, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { startScriptedModel } from '../../../src/demo/model.ts'
import { createClaude } from '../../../src/engine/claude/claude.ts'
import { NO_SANDBOX } from '../../../src/sandbox.ts'
import { accountAt } from '../../support/world.ts'
import { taskOf } from './task.ts'

async function makeFolders() {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-open-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const [workspace, session, tmp] = [join(dir, 'w'), join(dir, 's'), join(dir, 't')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  return { dir, workspace, session, tmp }
}

const claudeAt = (url: string) => {
  const env = { PATH: process.env.PATH ?? '' }
  return createClaude({ bin: null, model: null, env, account: accountAt(url), sandbox: NO_SANDBOX })
}

test('who opens a session runs nothing that its agent left for a shell or a CLI', async () => {
  const { dir, workspace, session, tmp } = await makeFolders()
  const bash = { name: 'Bash', input: { command: 'echo here', description: 'say' } }
  const model = await startScriptedModel(
    turns => (turns.at(-1)?.role === 'tool' || turns.length === 1 ? { text: 'Done.' } : { text: '', tools: [bash] }),
    0,
  )
  onTestFinished(model.stop)
  const claude = claudeAt(model.url)
  const task = taskOf({ workspace, session: { dir: session, nativeId: null }, tmp })
  let nativeId = ''
  for await (const event of claude.run(task, AbortSignal.timeout(45_000)))
    if (event.kind === 'spawned') nativeId = event.nativeSession
  const [trap, sprung] = [join(dir, 'trap'), join(dir, 'sprung')]
  for (const path of [trap, join(session, '.bashrc'), join(session, '.bash_profile')])
    await writeFile(path, `echo ${path} >> ${sprung}\n`)
  for (const name of ['.claude.json', '.config.json'])
    await writeFile(join(session, 'config', name), JSON.stringify({ env: { BASH_ENV: trap } }))
  const command = await claude.openCommand(workspace, { dir: session, nativeId })
  const env = { HOME: dir, ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'k', PATH: process.env.PATH ?? '' }
  const { stdout } = await execa(
    'sh',
    ['-c', `${command} -p 'Say it' --output-format stream-json --verbose --allowedTools Bash`],
    {
      ...{ env, extendEnv: false, stdin: 'ignore' },
    },
  )
  expect(stdout).toContain('"content":"here"')
  await expect(access(sprung)).rejects.toThrow('ENOENT')
})

test('a memory that is a link is no way to what lies elsewhere', async () => {
  const { dir, workspace, session } = await makeFolders()
  await writeFile(join(workspace, '.claude.json'), '{}')
  await symlink(workspace, join(session, 'config'))
  const command = await claudeAt('http://127.0.0.1:1').openCommand(workspace, { dir: session, nativeId: 'n' })
  expect(command).toContain(`cd ${dir}/w && CLAUDE_CONFIG_DIR=${dir}/s/config `)
  expect([await readdir(session), await readdir(workspace)]).toEqual([[], ['.claude.json']])
})
