import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startApp } from '../../../src/app.ts'
import { configuredPlatforms } from '../../../src/bot/platforms.ts'
import { loadConfig } from '../../../src/config.ts'
import { startScriptedModel } from '../../../src/demo/model.ts'
import { demoScript } from '../../../src/demo/script.ts'
import { createFakeLog } from '../../fakes/log.ts'
import { eventually } from '../../support/eventually.ts'
import { makeSlack } from '../../support/slack-world.ts'

/** The whole server on the real CLI and a scripted model, with Slack as its chat. */
async function startServer() {
  const slack = await makeSlack()
  const model = await startScriptedModel(demoScript, 0)
  const dir = await mkdtemp(join(tmpdir(), 'errand-slack-'))
  const { server } = slack
  const { log, lines } = createFakeLog()
  const config = loadConfig({
    ...{ PATH: process.env.PATH, PORT: '0', DATA_DIR: join(dir, 'data'), OUTPUTS_DIR: join(dir, 'outputs') },
    ...{ ANTHROPIC_API_KEY: 'sk-ant-no-account', ANTHROPIC_BASE_URL: model.url },
    ...{ SLACK_BOT_TOKEN: server.botToken, SLACK_APP_TOKEN: server.appToken, SLACK_API_URL: server.apiUrl },
  })
  const app = await startApp(config, log, deps => configuredPlatforms(config, deps))
  onTestFinished(async () => {
    await app.stop()
    await model.stop()
    await rm(dir, { recursive: true, force: true })
  })
  return { ...slack, app, lines }
}

test('a slash command becomes a card, a thread that grows, and its files, on the real CLI', async () => {
  const { ann, server, app, shown, lines } = await startServer()
  const { acked, payload } = await ann.command('brief topic="Winter tyres"')
  expect([acked, payload]).toEqual([true, {}])
  await eventually(() => expect(shown()).toContain('sources.md'))
  await app.settled()
  const [card = '', footer = '', buttons = '', ...thread] = shown().split('\n')
  expect(card).toMatch(/^`brief · Winter tyres` — done in .*\$\d\.\d\d · 2 files$/)
  expect(footer).toMatch(/^asked by ann · job \w{8}$/)
  expect(buttons).toBe('[Log]')
  expect(thread.every(line => line.startsWith('    '))).toBe(true)
  expect(thread.join('\n')).toMatch(
    /☑.*The brief about \*\*Winter tyres\*\* is ready.*brief\.md \(\d+ B\)\n +sources\.md/s,
  )
  expect(lines.filter(({ level }) => Number(level) > 30)).toEqual([])
  if (process.env.SHOW)
    console.log(
      shown(),
      server.calls.map(({ method }) => method),
    )
})
