import { expect, test } from 'vitest'
import { createControls } from '../../src/bot/controls.ts'
import { gated } from '../../src/bot/gate.ts'
import { configuredPlatforms } from '../../src/bot/platforms.ts'
import { systemClock } from '../../src/clock.ts'
import { loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/connect.ts'
import type { Person } from '../../src/job.ts'
import { createLog } from '../../src/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { instructionsOf } from '../support/world.ts'

test('a platform is there when its token is set', async () => {
  const db = await openDatabase('sqlite::memory:')
  const deps = {
    engine: {
      instructions: () => instructionsOf({}),
      jobs: async () => ({ jobs: [], next: null }),
      schedules: { list: async () => ({ schedules: [], next: null }) },
      asking: async (person: Person) => ({ ...person, role: 'user' as const }),
    },
    ...{ controls: createControls(db, systemClock), clock: systemClock },
    log: createLog({ level: 'silent', format: 'json', secrets: [] }),
  }
  const names = async (env: Record<string, string>) =>
    (await configuredPlatforms(loadConfig(env), deps)).map(({ name }) => name)
  expect(await names({})).toEqual([])
  expect(await names({ DISCORD_TOKEN: 'x.y.z' })).toEqual(['discord'])
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
  const taken: string[] = []
  const chat = createFakePlatform()
  await gated(chat, ['channel:test:one']).start(async ({ text }) => void taken.push(text))
  await expect(chat.ask('jobs', { place: 'channel:test:two' })).rejects.toThrow('I may not be used here')
  await chat.ask('help')
  expect(taken).toEqual(['help'])
})
