import { readFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../../src/bot/bot.ts'
import { createControls } from '../../../src/bot/controls.ts'
import { createDiscord } from '../../../src/bot/discord/discord.ts'
import { systemClock } from '../../../src/clock.ts'
import { demoScript } from '../../../src/demo/script.ts'
import { createLog } from '../../../src/log.ts'
import { GUILD } from '../../support/discord/state.ts'
import { startDiscord, TOKEN } from '../../support/discord-server.ts'
import { eventually } from '../../support/eventually.ts'
import { makeWorld } from '../../support/world.ts'

const brief = await readFile('instructions/brief.md', 'utf8')

test('a slash command becomes a job of the real CLI, told in a thread with its files', async () => {
  await using world = await makeWorld({ instructions: { brief }, model: demoScript })
  const discord = await startDiscord()
  onTestFinished(discord.stop)
  const { engine, db } = world
  const log = createLog({ level: 'warn', format: 'json' })
  const platform = createDiscord({
    ...{ token: TOKEN, apiUrl: discord.url, guildIds: [GUILD], clock: systemClock, log, engine },
    controls: createControls(db, systemClock),
  })
  const bot = createBot({
    engine,
    owner: engine.owner,
    db,
    platforms: [platform],
    clock: systemClock,
    log,
    redact: text => text,
  })
  await using stack = new AsyncDisposableStack()
  stack.defer(() => bot.stop()) // before its engine and database
  await bot.start()
  await eventually(() => expect(discord.state.commands.get(GUILD)).toHaveLength(3))

  const asked = discord.slash('brief', {
    topic: 'Winter tyres',
    sources: { name: 'notes.md', text: '7 °C is the limit.' },
  })
  await eventually(() => expect(asked.answered).not.toBeNull())
  expect(asked.answeredAfterMs).toBeLessThan(3000)
  await eventually(() => expect(discord.text()).toContain('📎 brief.md'))
  await bot.settled()

  const [card] = discord.messages()
  expect(card?.content).toMatch(/^`brief · Winter tyres` — done in .* · 2 files\n-# asked by Ann · job [a-z0-9]{8}/)
  expect(discord.state.channels.get(card?.id ?? '')?.name).toBe('brief · Winter tyres')
  const thread = discord.messages(card?.id)
  expect(thread).toHaveLength(2)
  expect(thread[0]?.content).toContain('☑ Read what you gave me')
  expect(thread[1]?.attachments.map(({ filename }) => filename)).toEqual(['brief.md', 'sources.md'])
  expect(discord.seen(asked)).toBe('')
})
