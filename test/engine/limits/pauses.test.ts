import { expect, test } from 'vitest'
import { beginPause } from '../../../src/engine/limits/pauses.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, accountAt } from '../../support/world.ts'
import { DONE, MINUTE, refused, worldWith } from './refusals.ts'
import { openRig } from './rig.ts'

test('a reset that does not hold is tried by one job alone, after waits that grow', async () => {
  const site = await worldWith(n => (n <= round ? refused({ resetsAt: soon() }) : DONE), { slots: 4, together: 4 })
  const soon = () => new Date(site.clock.now().getTime() + 30_000)
  let round = 1000
  await using _ = site.world
  const ids = await site.submit(6)
  const isRefused = (tries: number) =>
    eventually(async () => {
      const pauses = await site.db.selectFrom('pause').select(['tries', 'is_known']).execute()
      expect(pauses).toEqual([{ tries, is_known: tries === 1 ? 1 : 0 }])
      const views = await Promise.all(ids.map(id => site.engine.job(id)))
      expect(views.every(view => view?.status === 'queued')).toBe(true)
    })
  await isRefused(1)
  await site.clock.advance(30_000)
  await isRefused(2)
  const runs = site.runs()
  await site.clock.advance(72_000)
  await isRefused(3)
  expect(site.runs()).toBe(runs + 1)
  expect((await site.engine.standstills())[0]?.words).toMatch(
    /^Claude's usage limit is reached; trying again at 10:0[34] /,
  )
  round = site.runs()
  await site.clock.advance(144_000)
  await site.allAre(ids, 'succeeded')
  expect(await site.db.selectFrom('pause').selectAll().execute()).toEqual([])
})

test('a short reset that never holds is waited for no longer than one of which nobody says anything', async () => {
  const { db } = await openRig()
  let now = new Date('2026-11-21T10:00:00.000Z')
  const waits: number[] = []
  for (let i = 0; i < 7; i += 1) {
    const { pause } = await beginPause(db, 'usage', new Date(now.getTime() + 30_000), { now, random: () => 0 })
    waits.push((pause.until.getTime() - now.getTime()) / 1000)
    now = pause.until
  }
  expect(waits).toEqual([30, 60, 120, 240, 300, 300, 300])
  const late = new Date(now.getTime() + 5 * 60 * MINUTE)
  const { pause } = await beginPause(db, 'usage', late, { now, random: () => 0 })
  expect(pause).toMatchObject({ until: late, isKnown: false })
})

test('a known reset that a person had tried too early still counts', async () => {
  const resetsAt = new Date('2026-11-21T10:40:00.000Z')
  const site = await worldWith(n => (n <= 2 ? refused({ resetsAt }) : DONE), { slots: 1, together: 1 })
  await using _ = site.world
  const ids = await site.submit(1)
  await site.allAre(ids, 'queued', 1)
  await site.engine.tryNow('usage', ANN)
  await site.allAre(ids, 'queued', 2)
  expect((await site.engine.standstills())[0]?.words).toBe("Claude's usage limit is reached until 10:40 UTC")
})

test('a window that is used up holds for its account, also after a restart, and for no other one', async () => {
  const resetsAt = new Date('2026-11-21T14:00:00.000Z')
  let account = accountAt('http://127.0.0.1:9')
  const site = await worldWith(n => (n === 1 ? refused({ resetsAt }) : DONE), {
    ...{ slots: 1, together: 1, account: () => account },
  })
  await using _ = site.world
  const ids = await site.submit(1)
  await site.allAre(ids, 'queued', 1)
  const pauses = async () => (await site.db.selectFrom('pause').select('kind').execute()).map(({ kind }) => kind)
  await site.world.restart()
  expect(await pauses()).toEqual(['usage'])
  account = { ...account, secret: 'sk-ant-another-key' }
  await site.world.restart()
  expect(await pauses()).toEqual([])
  await site.allAre(ids, 'succeeded', 2)
  const meta = await site.db.selectFrom('meta').selectAll().execute()
  expect(JSON.stringify(meta)).not.toContain(account.secret)
})
