import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Script } from '../../src/demo/conversation.ts'
import { startScriptedModel } from '../../src/demo/model.ts'
import { eventually } from '../support/eventually.ts'
import { makeSite } from '../support/server.ts'
import { expectSound } from '../support/sound.ts'
import { ANN } from '../support/world.ts'

/** Runs a tool that takes long the first time, unless it is asked for a quick answer; says what it was told last. */
const script: Script = conversation => {
  const said = conversation.map(({ text }) => text).join('\n')
  if (said.includes('The server restarted.')) return { text: 'I went on.' }
  if (said.includes('Be quick')) return { text: 'I began.' }
  const command = 'test -e mark || { touch mark; nohup sleep 61 & sleep 62; }'
  return said.includes('a tool result') ? { text: 'done' } : { text: '', tools: [{ name: 'Bash', input: { command } }] }
}

test('the real CLI goes on with its session, and begins anew where it had none yet', async () => {
  const model = await startScriptedModel(script, 0)
  onTestFinished(() => model.stop())
  const keys = '---\ndescription: F\nallowed-tools: [Bash]\n---\n'
  const env = { ANTHROPIC_API_KEY: 'sk-ant-of-this-test', ANTHROPIC_BASE_URL: model.url, SANDBOX: 'off' }
  await using site = await makeSite({ quick: `${keys}Be quick`, long: `${keys}Take your time` }, env)
  const server = await site.start({ MAX_CONCURRENT_JOBS: '2' })
  const submit = async (instruction: string) => (await site.engine.submit({ instruction, inputs: {}, origin: ANN })).id
  const attempt = (job: string) =>
    site.db.selectFrom('attempt').select(['pid', 'workspace', 'cost_usd']).where('job', '=', job).executeTakeFirst()

  const long = await submit('long')
  await eventually(async () => {
    const { workspace = '' } = (await attempt(long)) ?? {}
    expect(existsSync(join(site.dir, 'data/workspaces', workspace, 'mark'))).toBe(true)
  })
  const quick = await submit('quick')
  await eventually(async () => expect((await attempt(quick))?.pid).toBeGreaterThan(0))
  // Both: alone, the CLI would go on until it has written what it was asked.
  process.kill(Number((await attempt(quick))?.pid), 'SIGKILL')
  await server.kill('SIGKILL')
  const before = (await attempt(long))?.cost_usd
  expect(before).toBeGreaterThan(0)

  await site.start()
  const went = await expectSound(site, long)
  expect(went.job).toMatchObject({ status: 'succeeded', result: 'I went on.', attempt: 2 })
  expect(went.job.costUsd).toBeGreaterThan(Number(before))
  const began = await expectSound(site, quick)
  expect(began.job).toMatchObject({ status: 'succeeded', result: 'I began.', attempt: 2 })
  expect(began.events.filter(({ text }) => text.startsWith('No conversation found'))).toEqual([])
})
