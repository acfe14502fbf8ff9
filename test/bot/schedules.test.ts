import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../src/bot/bot.ts'
import { gated } from '../../src/bot/gate.ts'
import type { Request } from '../../src/bot/platform.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { UserError } from '../../src/errors.ts'
import { createFakeClock, quiet } from '../fakes/clock.ts'
import { createFakeEngine } from '../fakes/engine.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { INSTRUCTIONS } from './brief.ts'

async function start(allowed: string[] = []) {
  const db = await openDatabase('sqlite::memory:')
  const clock = createFakeClock()
  const engine = createFakeEngine({ db, clock, instructions: INSTRUCTIONS })
  const chat = createFakePlatform()
  const platforms = [gated(chat, allowed)]
  const redact = (text: string) => text
  const bot = createBot({ engine, owner: 'me', db, platforms, clock, log: createFakeLog().log, redact })
  await bot.start()
  onTestFinished(async () => {
    await bot.stop()
    await db.destroy()
  })
  /** Asks, and gives what the asker was told. */
  const ask = async (text: string, changes?: Partial<Request>): Promise<string> => {
    await chat.ask(text, changes)
    await quiet()
    return chat.whispers.at(-1) ?? 'nothing'
  }
  const press = (label: string) => {
    const action = chat.offers.at(-1)?.find(action => action.label === label)
    return ask(action?.command ?? 'there is no such button')
  }
  const ids = async () => (await engine.schedules.list({ limit: 9 })).schedules.map(({ id }) => id)
  return { engine, chat, ask, press, ids }
}

const findPlace = async (name: string) => {
  if (name.endsWith('one')) return 'channel:test:one'
  if (name === '#news' || name === 'channel:test:news') return 'channel:test:news'
  throw new UserError(`I know no channel ${name}.`)
}

test('a schedule is shown with its next runs, and saved only then', async () => {
  const { engine, ask, press, ids } = await start()
  expect(await ask('schedule add "0 9 * * 1-5" tz=Europe/Berlin brief topic="Winter tyres"')).toBe(
    [
      '`brief · Winter tyres` would run here, `0 9 * * 1-5` Europe/Berlin:',
      '  Mon, 23 Nov 2026, 09:00',
      '  Tue, 24 Nov 2026, 09:00',
      '  Wed, 25 Nov 2026, 09:00',
      'Nothing is saved yet.',
    ].join('\n'),
  )
  expect(await ids()).toEqual([])
  const saved = await press('Save')
  const [id = ''] = await ids()
  const line = `${id} ▷ \`brief · Winter tyres\` — \`0 9 * * 1-5\` Europe/Berlin: next Mon, 23 Nov 2026, 09:00`
  expect(saved).toContain(`Saved.\n${line}`)
  expect(await ask('errand schedule list')).toBe(line)
  expect(await engine.schedules.one(id)).toMatchObject({
    ...{ destination: 'channel:test:one', maker: { actor: 'user:test:ann', platform: 'test' } },
  })
})

test('it pauses, goes on, runs now and is removed by its id', async () => {
  const { engine, ask, ids } = await start()
  await ask('schedule save @daily brief Tyres')
  const [id = ''] = await ids()
  expect(await ask(`schedule pause ${id}`)).toContain('‖ `brief · Tyres` — `@daily` UTC: paused by ann')
  expect(await ask(`schedule resume ${id}`)).toContain('next Sun, 22 Nov 2026, 00:00')
  expect(await ask(`schedule run ${id}`)).toContain('runs now as job test0001')
  expect(engine.submitted).toMatchObject([{ origin: { platform: 'schedule', actor: 'user:test:ann' } }])
  expect(await ask(`schedule remove ${id}`)).toContain('is removed')
  expect(await ask('schedule list')).toContain('Nothing is scheduled here yet')
  expect(await ask(`schedule pause ${id}`)).toContain(`There is no schedule \`${id}\` here`)
})

test('what does not fit is said, and nothing is saved', async () => {
  const { ask, ids } = await start()
  expect(await ask('schedule add "61 * * * *" brief topic=x')).toContain('`61` does not fit the minute')
  expect(await ask('schedule add @daily missed=never jitter=x brief words=many')).toBe(
    [
      '`missed`: must be one of skip, once, all.',
      '`jitterSeconds`: must be a whole number from 0 to 3600.',
      '`topic` is required: text of at most 3000 characters.',
      '`words` must be a whole number; you gave `many`.',
    ].join('\n'),
  )
  expect(await ask('schedule add @daily brief x in #news')).toContain('There is no other channel here')
  expect(await ids()).toEqual([])
})

test('another channel is one that the asker may write to, and the button needs no name for it', async () => {
  const { engine, chat, ask, press, ids } = await start()
  expect(await ask('schedule add @daily brief x in #secret', { findPlace })).toBe('I know no channel #secret.')
  const shown = await ask('schedule add @daily alert-in=#news brief x in #news', { findPlace })
  expect(shown).toContain('would run in `channel:test:news`')
  const [save] = chat.offers.at(-1) ?? []
  expect(save?.command).toBe('schedule save @daily alert-in=channel:test:news brief x in channel:test:news')
  await ask(save?.command ?? '', { findPlace })
  const [id = ''] = await ids()
  expect(await engine.schedules.one(id)).toMatchObject({
    ...{ destination: 'channel:test:news', policy: { alertTo: 'channel:test:news' } },
  })
  await ask('schedule add @daily brief x in #one', { findPlace })
  expect(await press('Save')).toContain('Saved.')
})

test('a channel that is not meant for the bot is no destination either', async () => {
  const { ask } = await start(['channel:test:one'])
  expect(await ask('schedule add @daily brief x in #news', { findPlace })).toContain('I may not be used there')
})

test('schedules of other places are not seen, nor those of others changed', async () => {
  const { ask, ids } = await start()
  await ask('schedule save @daily brief Tyres')
  const [id = ''] = await ids()
  const ben = { actor: 'user:test:ben', actorName: 'ben' }
  expect(await ask(`schedule pause ${id}`, ben)).toBe('Only ann, operators and admins may change this schedule.')
  const elsewhere = { ...ben, place: 'channel:test:two' }
  expect(await ask(`schedule pause ${id}`, elsewhere)).toContain('There is no schedule')
  expect(await ask('schedule list', elsewhere)).toContain('Nothing is scheduled here yet')
})
