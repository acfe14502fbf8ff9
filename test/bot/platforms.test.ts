import { expect, test } from 'vitest'
import { createControls } from '../../src/bot/controls.ts'
import { gated } from '../../src/bot/gate.ts'
import type { Request } from '../../src/bot/platform.ts'
import { configuredPlatforms } from '../../src/bot/platforms.ts'
import { systemClock } from '../../src/clock.ts'
import { loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { UserError } from '../../src/errors.ts'
import type { Person } from '../../src/job.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { instructionsOf } from '../support/world.ts'

test('a platform is there when its token is set', async () => {
  const db = await openDatabase('sqlite::memory:')
  const { log } = createFakeLog()
  const deps = {
    engine: {
      instructions: () => instructionsOf({}),
      jobs: async () => ({ jobs: [], next: null }),
      schedules: { list: async () => ({ schedules: [], next: null }) },
      asking: async (person: Person) => ({ ...person, role: 'user' as const }),
    },
    ...{ controls: createControls(db, systemClock), clock: systemClock },
    log,
  }
  const names = async (env: Record<string, string>) =>
    (await configuredPlatforms(loadConfig(env), deps)).map(({ name }) => name)
  expect(await names({})).toEqual([])
  expect(await names({ DISCORD_TOKEN: 'x.y.z' })).toEqual(['discord'])
  const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
  expect(await names({ DISCORD_TOKEN: 'x.y.z', ...slack })).toEqual(['slack', 'discord'])
  await db.destroy()
})

test('what a control stands for is kept once and read by its id', async () => {
  const db = await openDatabase('sqlite::memory:')
  const controls = createControls(db, systemClock)
  const id = await controls.keep({ command: 'brief' })
  expect(id).toMatch(/^[\w-]{22}$/)
  expect(await controls.keep({ command: 'brief' })).toBe(id)
  expect(await controls.read(id)).toEqual({ command: 'brief' })
  expect(await controls.read('nothing')).toBeNull()
  await db.destroy()
})

test('requests of other places than those that are allowed are refused', async () => {
  const taken: Request[] = []
  const chat = createFakePlatform()
  await gated(chat, ['channel:test:one']).start(async request => void taken.push(request))
  const outsider = async () => {
    throw new UserError('I do not work for guests.')
  }
  await chat.ask('jobs', { place: 'channel:test:two' })
  await chat.ask('help')
  await chat.ask('help', { admit: outsider })
  const admitted = await Promise.allSettled(taken.map(({ admit }) => admit?.()))
  expect(admitted.map(result => (result.status === 'rejected' ? result.reason.message : 'heard'))).toEqual([
    'I may not be used here; nothing was started. Ask in a channel that is meant for me.',
    'heard',
    'I do not work for guests.',
  ])
})
