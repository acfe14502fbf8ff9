import { conversationContract } from '../../contracts/conversation.ts'
import { makeSlack } from '../../support/slack-world.ts'

conversationContract('Slack', async ({ engine }) => {
  const { make, ann, shown } = await makeSlack({ instructions: engine.instructions })
  let said = 0
  return {
    platform: make(),
    ask: text => void ann.command(text),
    reply: async ({ ref }, text) => {
      said += 1
      const ts = `${Math.floor(Date.now() / 1000)}.${String(said).padStart(6, '0')}`
      await ann.mention(text, { ts, thread_ts: ref?.split('/')[1] })
    },
    press: label => void ann.press(label),
    shown,
  }
})
