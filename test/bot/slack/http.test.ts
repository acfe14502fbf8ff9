import { expect, onTestFinished, test } from 'vitest'
import { createAdmin } from '../../../src/admin/server.ts'
import { systemClock } from '../../../src/clock.ts'
import { openDatabase } from '../../../src/db/connect.ts'
import { createRedact } from '../../../src/redact.ts'
import { createFakeEngine } from '../../fakes/engine.ts'
import { createFakeLog } from '../../fakes/log.ts'
import { signed } from '../../support/slack-link.ts'
import { makeSlack, overHttp } from '../../support/slack-world.ts'
import { INSTRUCTIONS } from '../brief.ts'

const SECRET = overHttp.signingSecret
const command = { command: '/errand', text: 'jobs', user_id: 'U1', user_name: 'ann', channel_id: 'C1', trigger_id: '1' }

/** The admin server with Slack's route on it. */
async function start() {
  const { server, make } = await makeSlack(overHttp)
  const platform = make()
  const texts: string[] = []
  await platform.start(async ({ text }) => void texts.push(text))
  const db = await openDatabase('sqlite::memory:')
  const { log } = createFakeLog()
  const engine = createFakeEngine({ db, clock: systemClock, instructions: INSTRUCTIONS })
  const about = {
    version: '1',
    token: 'a-token-of-the-tests',
    publicUrl: 'https://bot.example.com/errand',
    redact: createRedact([]),
  }
  const extra = platform.http ? [platform.http] : []
  const agent = { check: async () => {} }
  const lifecycle = { owner: 'test', start: async () => {}, stop: async () => {}, hurry: async () => {} }
  const { app } = createAdmin({
    engine: { ...engine, ...lifecycle },
    db,
    agent,
    clock: systemClock,
    log,
    ...about,
    extra,
  })
  onTestFinished(async () => {
    await platform.stop()
    await db.destroy()
  })
  return { server, app, texts }
}

test('a signed call is taken without a login, whatever the prefix', async () => {
  const { app, texts } = await start()
  const request = signed(SECRET, 'slash_commands', command, Date.now())
  expect((await app.request(request)).status).toBe(200)
  expect(texts).toEqual(['jobs'])
})

test('what is not signed, too old, too large or not understood is not read', async () => {
  const { app, texts } = await start()
  const status = async (request: Request) => (await app.request(request)).status
  expect(await status(signed('another-secret', 'slash_commands', command, Date.now()))).toBe(401)
  expect(await status(signed(SECRET, 'slash_commands', command, Date.now() - 301_000))).toBe(401)
  expect(await status(new Request('http://127.0.0.1/slack/events', { method: 'POST', body: 'x' }))).toBe(401)
  expect(await status(signed(SECRET, 'slash_commands', { ...command, text: 'x'.repeat(1_000_000) }, Date.now()))).toBe(
    413,
  )
  expect(texts).toEqual([])
})

test('the address is confirmed to Slack', async () => {
  const { app } = await start()
  const answer = await app.request(
    signed(SECRET, 'events_api', { type: 'url_verification', challenge: 'abc' }, Date.now()),
  )
  expect(await answer.json()).toEqual({ challenge: 'abc' })
})
