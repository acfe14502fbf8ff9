import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { startScriptedModel } from '../../../src/demo/model.ts'
import { createClaude } from '../../../src/engine/claude/claude.ts'
import { agentMemory } from '../../../src/engine/claude/command.ts'
import { NO_SANDBOX } from '../../../src/sandbox.ts'
import { accountAt } from '../../support/world.ts'
import { taskOf } from './task.ts'

/** What the pinned CLI does by itself, and would do otherwise after an upgrade without anybody's noticing. */

async function makeTask(allowedTools: string[]) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-pinned-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const [workspace, session, tmp] = [join(dir, 'workspace'), join(dir, 'session'), join(dir, 'tmp')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  return taskOf({ workspace, session: { dir: session, nativeId: null }, tmp, allowedTools })
}

async function runAt(url: string, task: Awaited<ReturnType<typeof makeTask>>): Promise<void> {
  const env = { PATH: process.env.PATH ?? '' }
  const claude = createClaude({ bin: null, model: null, env, account: accountAt(url), sandbox: NO_SANDBOX })
  for await (const event of claude.run(task, AbortSignal.timeout(45_000))) if (event.kind === 'ended') return
}

type Tool = { name: string; input_schema: { properties?: object } }

test('the model has the tools of the instruction and ours, and none goes on in the background', async () => {
  const heard: Tool[][] = []
  const model = createServer(async (request, response) => {
    const { tools } = (await json(request)) as { tools?: Tool[] }
    if (tools) heard.push(tools)
    response.writeHead(400).end(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error' } }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void model.close().closeAllConnections())
  await once(model, 'listening')
  const task = await makeTask(['Bash', 'Read', 'Task'])
  await runAt(`http://127.0.0.1:${(model.address() as AddressInfo).port}`, task)
  const tools = heard.flat()
  // The placeholder is the CLI's own, and does nothing.
  const names = new Set(tools.map(({ name }) => name).filter(name => name !== 'DeferredToolPlaceholder'))
  expect([...names].sort()).toEqual(['Agent', 'AskUserQuestion', 'Bash', 'Read', 'TodoWrite'])
  expect(tools.flatMap(tool => Object.keys(tool.input_schema.properties ?? {}))).not.toContain('run_in_background')
})

test.skipIf(process.platform !== 'linux')(
  'the CLI, which removes old sessions, removes none that our retention would keep',
  async () => {
    const task = await makeTask(['Bash'])
    const folder = join(agentMemory(task), 'projects/-some-where')
    await mkdir(folder, { recursive: true })
    const [kept, removed] = await Promise.all(
      // RETENTION_DAYS is at most 36,500.
      [36_490, 36_510].map(async days => {
        const file = join(folder, `11111111-1111-4111-8111-0000000${days}.jsonl`)
        await writeFile(file, '{}\n')
        await execa('touch', ['-d', `${days} days ago`, file]) // Node knows no file from before 1970
        return file
      }),
    )
    const command = `for i in $(seq 100); do [ -e ${removed} ] || break; sleep 0.1; done`
    const model = await startScriptedModel(turns => {
      const isFirst = !turns.some(({ role }) => role === 'tool')
      return isFirst ? { text: '', tools: [{ name: 'Bash', input: { command } }] } : { text: 'done' }
    }, 0)
    onTestFinished(model.stop)
    await runAt(model.url, task)
    expect([existsSync(String(kept)), existsSync(String(removed))]).toEqual([true, false])
  },
)
