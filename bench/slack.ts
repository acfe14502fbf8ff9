import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createSlack } from '../src/bot/slack/slack.ts'
import { systemClock } from '../src/clock.ts'
import { benchLog, withBot } from './bot.ts'
import type { CeilingFigure } from './figure.ts'
import type { Load, Told } from './slack-server.ts'
import { atPercent } from './world.ts'

const SERVER = fileURLToPath(new URL('./slack-server.ts', import.meta.url))

/** The bot on a Slack that answers at once; gives what came of each load, one after the other. */
async function onSlack(loads: Load[], steps: number, pause: number): Promise<Told[]> {
  const server = fork(SERVER, { execArgv: process.execArgv })
  const [apiUrl] = (await once(server, 'message')) as [string]
  const told: Told[] = []
  const make: Parameters<typeof withBot>[0] = ({ controls, engine }) =>
    createSlack({
      ...{ botToken: 'xoxb-bench', appToken: 'xapp-bench', signingSecret: null, apiUrl, adminUsers: [] },
      ...{ engine, controls, clock: systemClock, log: benchLog },
    })
  await withBot(make, { steps, pause }, async () => {
    for (const load of loads) {
      server.send(load)
      const [answer] = (await once(server, 'message')) as [Told]
      told.push(answer)
    }
  })
  server.disconnect()
  await once(server, 'exit')
  return told
}

const BUSY: Load = { commands: 20, overMs: 200, oneChannel: false, settleMs: 3000 }
const MANY: Load = { commands: 200, overMs: 10_000, oneChannel: false, settleMs: 1000 }
const ONE_CHANNEL: Load = { commands: 50, overMs: 5000, oneChannel: true, settleMs: 1000 }
const ALONE: Load = { commands: 1, overMs: 0, oneChannel: true, settleMs: 2500 }
const QUICK: Load = { ...ALONE, settleMs: 13_000 }

const ceiling = (name: string, atMost: number, round: CeilingFigure['round'], unit = 'ms'): CeilingFigure => ({
  ...{ kind: 'ceiling', name: `Slack: ${name}`, unit, atMost, round },
})

/** Twenty jobs run all the while; the commands come evenly over ten seconds, each in a channel of its own. */
export const slackCard = ceiling('command to card, p99, 200 channels in 10 s beside 20 jobs', 300, async () => {
  const [, told] = await onSlack([BUSY, MANY], 40, 0.5)
  const { acks = [], cards = [] } = told ?? {}
  const notes = {
    'acknowledged p99, at most 50': atPercent(acks, 99),
    'acknowledged p50': atPercent(acks, 50),
    'card p50': atPercent(cards, 50),
  }
  return { ours: atPercent(cards, 99), notes }
})

/** The server keeps nobody waiting here, so all of the wait is ours. */
export const slackBusyChannel = ceiling('own wait in a busy channel, p99', 50, async () => {
  const [, told] = await onSlack([ALONE, ONE_CHANNEL], 1, 5)
  return { ours: atPercent(told?.cards ?? [], 99), notes: { p50: atPercent(told?.cards ?? [], 50) } }
})

/** After one command that warms up. The rivals' best: 46 ms to a post, 1066 ms to the answer. */
export const slackAnswer = ceiling('alone, the answer of an agent of 1000 ms', 1100, async () => {
  const [, told] = await onSlack([ALONE, ALONE], 1, 1)
  return { ours: told?.answers[0] ?? Number.NaN, notes: { 'first sign, at most 50': told?.cards[0] ?? Number.NaN } }
})

/** The rivals: 32 calls, or 2 to 7 with nothing shown. */
export const slackCalls = ceiling(
  'calls for a job with 200 quick events in 10 s',
  12,
  async () => {
    const [, told] = await onSlack([QUICK, QUICK], 200, 0.047)
    const { calls = {} } = told ?? {}
    return { ours: Object.values(calls).reduce((sum, count) => sum + count, 0), notes: calls }
  },
  'calls',
)
