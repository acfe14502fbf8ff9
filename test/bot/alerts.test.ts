import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../src/bot/bot.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { findDelivery, owe, postKey } from '../../src/db/delivery.ts'
import { createFakeClock, quiet } from '../fakes/clock.ts'
import { createFakeEngine, jobView } from '../fakes/engine.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { INSTRUCTIONS } from './brief.ts'

const AT = '2026-11-21T10:00:00.000Z'

async function start() {
  const db = await openDatabase('sqlite::memory:')
  const clock = createFakeClock()
  const engine = createFakeEngine({ db, clock, instructions: INSTRUCTIONS })
  const platform = createFakePlatform({ editsPerMinute: Number.POSITIVE_INFINITY })
  const { log } = createFakeLog()
  const redact = (text: string) => text.replaceAll('hunter2', '[secret]')
  const bots = ['one', 'two'].map(owner =>
    createBot({ engine, owner, db, platforms: [{ ...platform }], clock, log, redact }),
  )
  await Promise.all(bots.map(bot => bot.start()))
  onTestFinished(async () => {
    await Promise.all(bots.map(bot => bot.stop()))
    await db.destroy()
  })
  const alert = (key: string, place: string) => {
    const body = { step: 'note', text: 'It failed: hunter2.' }
    return owe(db, { key, target: { place, thread: null }, order: 1, step: 'alert', body, at: AT })
  }
  return { db, clock, engine, platform, alert }
}

test('what the engine leaves to be said is posted once, without secrets', async () => {
  const { db, clock, platform, alert } = await start()
  await alert('schedule-x/failed-1', 'channel:test:one')
  await clock.advance(3000)
  expect(platform.posts.map(({ key, target, message }) => [key, target.place, message.text])).toEqual([
    ['schedule-x/failed-1', 'channel:test:one', 'It failed: [secret].'],
  ])
  expect(await findDelivery(db, 'schedule-x/failed-1')).toMatchObject({ state: 'sent' })
})

test('what is for another chat is left to it', async () => {
  const { db, clock, platform, alert } = await start()
  await alert('schedule-x/failed-1', 'channel:slack:C1')
  await clock.advance(3000)
  expect(platform.posts).toEqual([])
  expect(await findDelivery(db, 'schedule-x/failed-1')).toMatchObject({ state: 'pending' })
})

test('a job that nobody asked for in the chat gets its card and its thread where it belongs', async () => {
  const { db, clock, engine, platform } = await start()
  const ours = { platform: 'schedule', place: 'channel:test:one' }
  engine.add(jobView(ours))
  engine.add(jobView({ ...ours, id: 'elsewhe1', place: 'channel:slack:C1' }))
  for (const id of ['4x7k2m9q', 'elsewhe1'])
    await owe(db, { key: postKey(id, 'result'), target: {}, order: 3, step: 'result', body: null, at: AT })
  await clock.advance(2000)
  expect(platform.posts.map(({ key, message }) => [key, message.footer])).toEqual([
    ['4x7k2m9q/card', 'scheduled by ann · job 4x7k2m9q'],
  ])
  await engine.change('4x7k2m9q', { status: 'succeeded', result: 'Fine.', finishedAt: AT, startedAt: AT })
  await quiet()
  expect(platform.posts.map(({ key, target }) => [key, target.thread])).toEqual([
    ['4x7k2m9q/card', null],
    ['4x7k2m9q/result', 'p1'],
  ])
})
