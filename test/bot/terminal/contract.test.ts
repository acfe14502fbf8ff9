import { platformContract } from '../../contracts/platform.ts'
import { makeTerminal } from './open-terminal.ts'

for (const inPlace of [false, true]) {
  platformContract(inPlace ? 'the terminal, redrawn in place' : 'the terminal, appended', async () => {
    const { screen, keyboard, make, terminal } = makeTerminal({ inPlace })
    return {
      platform: terminal,
      place: 'channel:terminal:local',
      type: text => keyboard.write(`${text}\n`),
      shown: () => screen.text(),
      restart: async () => {
        await terminal.stop()
        return make()
      },
    }
  })
}
