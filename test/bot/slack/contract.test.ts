import { platformContract } from '../../contracts/platform.ts'
import { makeSlack } from '../../support/slack-world.ts'

platformContract('Slack over Socket Mode', async () => {
  const { server, make, ann, shown } = await makeSlack()
  const platform = make()
  const acks: string[] = []
  return {
    platform,
    place: `channel:slack:${server.channel}`,
    type: text => {
      void ann.command(text).then(({ payload }) => acks.push(JSON.stringify(payload)))
    },
    shown: () => [shown(), ...acks].join('\n'),
    restart: async () => {
      await platform.stop()
      return make()
    },
  }
})
