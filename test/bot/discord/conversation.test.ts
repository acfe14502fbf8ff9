import { expect } from 'vitest'
import { conversationContract } from '../../contracts/conversation.ts'
import { partsOf } from '../../support/discord/people.ts'
import { eventually } from '../../support/eventually.ts'
import { makeDiscord } from './open-discord.ts'

conversationContract('Discord', async ({ engine }) => {
  const { discord, make } = await makeDiscord({ engine })
  return {
    platform: make(),
    ask: text => void discord.say(`<@900> ${text}`),
    reply: async ({ ref }, text) => {
      const channel = ref?.split('/')[1] ?? ''
      await eventually(() => expect(discord.state.channels.has(channel)).toBe(true))
      discord.say(text, { channel })
    },
    press: label => {
      const messages = [...discord.state.messages.values()]
      const post = messages.findLast(message => partsOf(message).some(part => part.label === label))
      if (!post) throw new Error(`there is no button ${label}`)
      discord.press(post, label)
    },
    shown: () => discord.text(),
  }
})
