import { platformContract } from '../../contracts/platform.ts'
import { makeSlack, overHttp } from '../../support/slack-world.ts'

for (const transport of ['Socket Mode', 'HTTP']) {
  platformContract(`Slack over ${transport}`, async () => {
    const { server, make, ann, shown } = await makeSlack(transport === 'HTTP' ? overHttp : {})
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
}
