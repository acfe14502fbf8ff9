import { setTimeout as delay } from 'node:timers/promises'
import { startDiscord } from '../test/support/discord-server.ts'

/** Commands to give: so many, evenly over so many milliseconds; 0: all at once. */
export type Load = { commands: number; overMs: number; settleMs: number }

/** What came of each command, in milliseconds after it. */
export type Told = { acks: number[]; cards: number[] }

/** The Discord of the tests in a process of its own. */
const discord = await startDiscord()

async function run({ commands, overMs, settleMs }: Load): Promise<Told> {
  const began = performance.now()
  const asked = []
  for (let n = 0; n < commands; n += 1) {
    asked.push(discord.slash('bench', { topic: `t${n}.` }))
    if (overMs > 0) await delay(Math.max(0, began + ((n + 1) * overMs) / commands - performance.now()))
  }
  await delay(settleMs)
  const cards = new Map(discord.messages().map(({ content, id }) => [/t\d+\./.exec(content)?.[0], timeOf(id)]))
  const told = {
    acks: asked.map(({ answeredAfterMs }) => answeredAfterMs ?? Number.POSITIVE_INFINITY),
    cards: asked.map(({ at }, n) => (cards.get(`t${n}.`) ?? Number.POSITIVE_INFINITY) - at),
  }
  discord.state.messages.clear()
  return told
}

/** When a message was made, which its id says. */
const timeOf = (id: string): number => Number(BigInt(id) >> 22n) + 1_420_070_400_000

process.on('message', async load => process.send?.(await run(load as Load)))
process.on('disconnect', () => process.exit())
process.send?.(discord.url)
