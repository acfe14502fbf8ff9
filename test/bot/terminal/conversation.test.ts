import { conversationContract } from '../../contracts/conversation.ts'
import { makeTerminal } from './open-terminal.ts'

conversationContract('the terminal', async () => {
  const { screen, keyboard, terminal } = makeTerminal({ inPlace: false })
  return {
    platform: terminal,
    ask: text => keyboard.write(`${text}\n`),
    reply: async ({ id }, text) => void keyboard.write(`reply ${id} ${text}\n`),
    press: (_, command) => keyboard.write(`${command}\n`),
    shown: () => screen.text(),
  }
})
