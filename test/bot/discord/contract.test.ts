import { platformContract } from '../../contracts/platform.ts'
import { makeDiscord } from './open-discord.ts'

platformContract('discord', async () => {
  const { discord, make } = await makeDiscord()
  const platform = make()
  return {
    platform,
    place: 'channel:discord:600',
    type: text => void discord.say(`<@900> ${text}`),
    shown: () => discord.text(),
    restart: async () => {
      await platform.stop()
      return make()
    },
  }
})
