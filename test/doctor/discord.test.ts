import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { discord } from '../../src/doctor/discord.ts'
import { startDiscord, TOKEN } from '../support/discord-server.ts'

test('Discord is asked with the token, and the link invites with what is needed', async () => {
  const server = await startDiscord()
  onTestFinished(server.stop)
  const sandboxes = () => Promise.reject(new Error('no sandbox is needed'))
  const look = (env: Record<string, string>) => discord.look({ config: loadConfig(env), sandboxes })
  const at = { DISCORD_API_URL: server.url }
  const { state, detail } = await look({ ...at, DISCORD_TOKEN: TOKEN })
  expect(state).toBe('ok')
  expect(detail).toContain('client_id=900&scope=bot+applications.commands&permissions=309237746688')
  expect(await look({ ...at, DISCORD_TOKEN: 'wrong' })).toMatchObject({ state: 'fail' })
  expect((await look({})).detail).toContain('not used')
})
