import { onTestFinished } from 'vitest'
import { createControls } from '../../../src/bot/controls.ts'
import { createDiscord, type DiscordOptions } from '../../../src/bot/discord/discord.ts'
import type { Platform, Request } from '../../../src/bot/platform.ts'
import { systemClock } from '../../../src/clock.ts'
import { openDatabase } from '../../../src/db/connect.ts'
import type { Instructions } from '../../../src/engine/instructions/instruction.ts'
import { createLog } from '../../../src/log.ts'
import { GUILD } from '../../support/discord/state.ts'
import { startDiscord, TOKEN } from '../../support/discord-server.ts'
import { instructionsOf } from '../../support/world.ts'

export const BRIEF = `---
description: Write a content brief for a topic
inputs:
  topic:    { type: text, required: true, max: 200, description: What the brief is about }
  notes:    { type: text, multiline: true }
  tone:     { type: choice, options: [plain, playful, formal], default: plain }
  words:    { type: integer, min: 100, max: 5000, default: 800 }
  sources:  { type: file, max: 3, description: Material to read }
  publish:  { type: boolean, default: false }
  due:      { type: date }
---
Write a brief about {{topic}} in a {{tone}} tone, about {{words}} words. {{notes}} {{sources}} {{publish}} {{due}}
`

/** An admin. */
const BOSS = 'user:discord:102'

type Given = {
  instructions?: Record<string, string>
  schedules?: DiscordOptions['engine']['schedules']
  content?: boolean
} & Partial<DiscordOptions>

const NO_SCHEDULES: NonNullable<Given['schedules']> = { list: async () => ({ schedules: [], next: null }) }

/** The platform on a Discord of its own; nothing is started. */
export async function makeDiscord(given: Given = {}) {
  const { instructions: sources = { brief: BRIEF }, schedules = NO_SCHEDULES, content, ...options } = given
  const discord = await startDiscord(content === undefined ? {} : { content })
  onTestFinished(discord.stop)
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const lines: string[] = []
  const out = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream
  let current: Instructions = instructionsOf(sources)
  const make = (): Platform =>
    createDiscord({
      ...{ token: TOKEN, apiUrl: discord.url, guildIds: [GUILD], clock: systemClock },
      log: createLog({ level: 'info', format: 'json', out }),
      engine: {
        instructions: () => current,
        jobs: async () => ({ jobs: [], next: null }),
        schedules,
        asking: async person => ({ ...person, role: person.actor === BOSS ? 'admin' : 'user' }),
      },
      controls: createControls(db, systemClock),
      ...options,
    })
  const change = (next: Record<string, string>) => {
    current = instructionsOf(next)
  }
  return { discord, make, lines, change }
}

/** The same, started, with what was handed in; it is stopped after the test. */
export async function openDiscord(
  options: Parameters<typeof makeDiscord>[0] = {},
  take?: (request: Request) => Promise<void>,
) {
  const made = await makeDiscord(options)
  const requests: Request[] = []
  const platform = made.make()
  await platform.start(
    take ??
      (async request => {
        requests.push(request)
      }),
  )
  onTestFinished(() => platform.stop())
  return { ...made, platform, requests, place: { place: 'channel:discord:600', thread: null } }
}
