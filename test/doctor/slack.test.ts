import { expect, test } from 'vitest'
import { BOT_SCOPES } from '../../src/bot/slack/manifest.ts'
import { loadConfig } from '../../src/config.ts'
import { slack } from '../../src/doctor/slack.ts'
import { makeSlack } from '../support/slack-world.ts'

const sandboxes = () => Promise.reject(new Error('no sandbox is needed'))
const look = (env: Record<string, string>) => slack.look({ config: loadConfig(env), sandboxes })

test('Slack is asked with both tokens, and what it grants is what the manifest says', async () => {
  const { server } = await makeSlack()
  const { botToken, appToken, apiUrl } = server
  const env = { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_API_URL: apiUrl }
  expect(await look(env)).toEqual({ state: 'ok', detail: expect.stringMatching(/^errand in T\w+, over Socket Mode$/) })
  expect(server.calls.map(({ method }) => method)).toEqual(['auth.test', 'apps.connections.open'])
  await expect(look({ ...env, SLACK_BOT_TOKEN: 'xoxb-wrong' })).rejects.toThrow('does not take SLACK_BOT_TOKEN')
  await expect(look({ ...env, SLACK_APP_TOKEN: 'xapp-wrong' })).rejects.toThrow('does not take SLACK_APP_TOKEN')
  server.faults.push({ method: 'auth.test', when: 'before', how: 503 })
  expect(await look(env)).toMatchObject({ state: 'fail', remedy: 'Check the network and SLACK_API_URL.' })
})

test('a right that is not granted is named, with what is not heard for want of it', async () => {
  const { server } = await makeSlack({ scopes: BOT_SCOPES.filter(scope => scope !== 'app_mentions:read') })
  const { botToken, appToken, apiUrl } = server
  const found = await look({ SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_API_URL: apiUrl })
  expect(found).toMatchObject({
    state: 'warn',
    remedy: expect.stringMatching(/not granted app_mentions:read, so mentions do not reach me: paste what/),
  })
})

test('over HTTP an address is needed that Slack can call, and without a token nothing is', async () => {
  const http = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'the-signing-secret' }
  for (const more of [{}, { PUBLIC_URL: 'http://bot.example.com' }])
    expect(await look({ ...http, ...more })).toMatchObject({
      state: 'fail',
      remedy: expect.stringContaining('PUBLIC_URL'),
    })
  expect((await look({})).detail).toContain('not used')
})
