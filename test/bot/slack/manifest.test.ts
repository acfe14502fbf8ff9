import { execa } from 'execa'
import { expect, test } from 'vitest'
import { BUTTON_ACTIONS } from '../../../src/bot/slack/buttons.ts'
import { BOT_SCOPES, SHORTCUT, slackManifest } from '../../../src/bot/slack/manifest.ts'
import { loadConfig } from '../../../src/config.ts'
import { manifestText } from '../../../src/slack-app.ts'
import { createFakeLog } from '../../fakes/log.ts'
import { makeSlack } from '../../support/slack-world.ts'

const printed = async (how: { commands: boolean; http: boolean }, env: Record<string, string> = {}) =>
  JSON.parse(await manifestText(loadConfig(env), how))

test('the command prints it for Socket Mode, with one command', async () => {
  const options = { env: { PATH: process.env.PATH ?? '' }, extendEnv: false } as const
  const { stdout } = await execa(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'slack-manifest'], options)
  const json = JSON.parse(stdout)
  expect(json.settings).toMatchObject({ socket_mode_enabled: true, interactivity: { is_enabled: true } })
  expect(json.settings.event_subscriptions).toEqual({ bot_events: ['app_mention', 'message.im'] })
  expect(json.features.slash_commands.map(({ command }: { command: string }) => command)).toEqual(['/errand'])
  expect(json.oauth_config.scopes.bot).toEqual(BOT_SCOPES)
  expect(JSON.stringify(json)).not.toContain('http')
})

test('has a command of its own for each instruction, and the address for HTTP', async () => {
  const json = await printed({ commands: true, http: true }, { PUBLIC_URL: 'https://bot.example.com/errand' })
  const url = 'https://bot.example.com/errand/slack/events'
  expect(json.features.slash_commands.map(({ command }: { command: string }) => command)).toEqual([
    '/errand',
    '/brand-data',
    '/brief',
    '/draft',
  ])
  for (const command of json.features.slash_commands) expect(command).toMatchObject({ url, should_escape: true })
  expect(json.settings).toMatchObject({
    socket_mode_enabled: false,
    interactivity: { request_url: url },
    event_subscriptions: { request_url: url },
  })
  await expect(printed({ commands: false, http: true })).rejects.toThrow('PUBLIC_URL must be')
})

test('declares the shortcut and the transport that buttons and forms need', () => {
  const { features, settings } = slackManifest({ commands: [], publicUrl: null })
  expect(features.shortcuts).toMatchObject([{ type: 'message', callback_id: SHORTCUT }])
  expect(settings.interactivity.is_enabled).toBe(true)
  expect(['run-0', 'ask-12', 'kept-3', 'other'].map(id => BUTTON_ACTIONS.test(id))).toEqual([true, true, true, false])
})

test('a right that Slack did not grant is named with its remedy, and the rest works', async () => {
  const { log, lines } = createFakeLog()
  const granted = BOT_SCOPES.filter(scope => scope !== 'files:write')
  const { server, make, ann } = await makeSlack({ scopes: granted, log })
  const platform = make()
  await platform.start(async () => {})
  expect(lines[0]?.msg).toMatch(/^Slack has not granted files:write: paste what `errand slack-manifest` prints/)
  await platform.post(
    { place: `channel:slack:${server.channel}`, thread: null },
    { step: 'card', text: 'hello' },
    'a/card',
  )
  const files = [{ name: 'brief.md', bytes: 5, text: 'hello', link: 'https://x.example/f' }]
  const thread = { place: `channel:slack:${server.channel}`, thread: null }
  await platform.post(thread, { step: 'result', text: 'Done.', files }, 'a/result')
  expect(server.calls.findLast(({ method }) => method === 'chat.postMessage')?.args.blocks).toMatchObject([
    {
      text: 'Done.\n\nNot posted here (missing_scope): [brief.md](https://x.example/f) (5 B). The link works for 7 days.',
    },
  ])
  expect((await ann.command('jobs')).acked).toBe(true)
  await platform.stop()
})
