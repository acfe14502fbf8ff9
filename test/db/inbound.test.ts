import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/connect.ts'
import { finishInbound, takeInbound, takeUnanswered } from '../../src/db/inbound.ts'

const AT = '2026-11-21T10:00:00.000Z'

async function open() {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  return db
}

test('the same key of a platform is taken once', async () => {
  const db = await open()
  const request = { platform: 'slack', key: 'r1', body: { text: 'help' }, at: AT }
  expect(await takeInbound(db, request)).toBe(true)
  expect(await takeInbound(db, request)).toBe(false)
  expect(await takeInbound(db, { ...request, platform: 'discord' })).toBe(true)
})

test('what was not answered is found in the order in which it came', async () => {
  const db = await open()
  await takeInbound(db, { platform: 'slack', key: 'r2', body: { text: 'jobs' }, at: '2026-11-21T10:00:01.000Z' })
  for (const key of ['r1', 'r3']) await takeInbound(db, { platform: 'slack', key, body: { text: 'help' }, at: AT })
  await takeInbound(db, { platform: 'discord', key: 'r1', body: {}, at: AT })
  await finishInbound(db, 'slack', 'r3')
  expect(await takeUnanswered(db, 'slack', 'me')).toEqual([
    { platform: 'slack', key: 'r1', body: { text: 'help' }, at: AT },
    { platform: 'slack', key: 'r2', body: { text: 'jobs' }, at: '2026-11-21T10:00:01.000Z' },
  ])
})
