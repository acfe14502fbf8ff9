import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createDiscord } from '../src/bot/discord/discord.ts'
import { systemClock } from '../src/clock.ts'
import { GUILD } from '../test/support/discord/state.ts'
import { TOKEN } from '../test/support/discord-server.ts'
import { benchLog, withBot } from './bot.ts'
import type { Load, Told } from './discord-server.ts'
import type { CeilingFigure } from './figure.ts'
import { atPercent } from './world.ts'

const SERVER = fileURLToPath(new URL('./discord-server.ts', import.meta.url))

/** The bot on the Discord of the tests; gives what came of the last load. */
async function onDiscord(...loads: Load[]): Promise<Told> {
  const server = fork(SERVER, { execArgv: process.execArgv })
  const [apiUrl] = (await once(server, 'message')) as [string]
  let told: Told = { acks: [], cards: [] }
  const make: Parameters<typeof withBot>[0] = ({ controls, engine }) =>
    createDiscord({
      ...{ token: TOKEN, apiUrl, guildIds: [GUILD], clock: systemClock, log: benchLog },
      ...{ engine, controls },
    })
  await withBot(make, { steps: 40, pause: 0.5 }, async () => {
    for (const load of loads) {
      server.send(load)
      ;[told] = (await once(server, 'message')) as [Told]
    }
  })
  server.disconnect()
  await once(server, 'exit')
  return told
}

const ceiling = (name: string, atMost: number, round: CeilingFigure['round']): CeilingFigure => ({
  ...{ kind: 'ceiling', name: `Discord: ${name}`, unit: 'ms', atMost, round },
})

const FIRST: Load = { commands: 1, overMs: 0, settleMs: 1500 }

/** At a rate that Discord allows in one channel, where cards and their edits share five calls a second. */
export const discordCard = ceiling('interaction to card, p99, at the rate that one channel allows', 300, async () => {
  const { acks, cards } = await onDiscord(FIRST, { commands: 10, overMs: 10_000, settleMs: 1500 })
  return { ours: atPercent(cards, 99), notes: { 'acknowledged p99, at most 50': atPercent(acks, 99) } }
})

export const discordBurst = ceiling('fifty interactions at once, the last acknowledgement', 50, async () => {
  const { acks } = await onDiscord(FIRST, { commands: 50, overMs: 0, settleMs: 2500 })
  return { ours: atPercent(acks, 100), notes: { p50: atPercent(acks, 50) } }
})
