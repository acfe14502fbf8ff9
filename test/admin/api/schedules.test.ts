import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { adminOf, asking, posting } from '../../support/admin.ts'
import { eventually } from '../../support/eventually.ts'
import { makeWorld, toEnd } from '../../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
const BRIEF = `---
description: Write a brief
inputs:
  topic: { type: text, required: true }
---
DO [["result","done"]]`
const instructions = { brief: BRIEF }
const WEEKDAYS = { instruction: 'brief', inputs: { topic: 'Tyres' }, cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' }

type Json = Record<string, unknown>
const changing = (body: unknown): RequestInit => ({ ...posting(body), method: 'PATCH' })

async function start() {
  const world = await makeWorld({ instructions, bin })
  const ask = asking(adminOf(world))
  const read = async (path: string, init?: RequestInit): Promise<[number, Json]> => {
    const response = await ask(path, init)
    return [response.status, response.status === 204 ? {} : ((await response.json()) as Json)]
  }
  return { world, read }
}

test('a schedule is checked, made, changed, paused and removed', async () => {
  const { world, read } = await start()
  await using _ = world
  const destination = { platform: 'slack', channel: 'C024' }
  const [dry, checked] = await read('/api/schedules?dryRun=1', posting({ ...WEEKDAYS, destination }))
  expect([dry, checked]).toMatchObject([200, { ...WEEKDAYS, destination, missed: 'once', overlap: 'skip' }])
  expect(checked.nextRuns).toHaveLength(3)
  expect((await read('/api/schedules'))[1]).toEqual({ schedules: [], nextCursor: null })

  const [status, made] = await read('/api/schedules', posting({ ...WEEKDAYS, destination, overlap: 'queue' }))
  expect([status, made]).toMatchObject([
    201,
    {
      ...{ ...WEEKDAYS, destination, overlap: 'queue', title: 'Tyres', enabled: true, failuresInARow: 0, at: null },
      ...{ lastRunAt: null, place: 'channel:slack:C024', nextRuns: checked.nextRuns, alertTo: null },
    },
  ])
  const path = `/api/schedules/${made.id}`
  expect(await read('/api/schedules')).toEqual([200, { schedules: [made], nextCursor: null }])
  expect(await read(path)).toEqual([200, made])
  expect(await read(path, changing({ enabled: false }))).toMatchObject([
    200,
    { enabled: false, pausedBecause: 'paused by admin', nextRuns: [], cron: WEEKDAYS.cron },
  ])
  expect(await read(path, changing({ enabled: true, cron: '@daily', destination: null }))).toMatchObject([
    200,
    { enabled: true, pausedBecause: null, cron: '@daily', destination: null, place: 'channel:api:admin' },
  ])
  expect((await read(path, { method: 'DELETE' }))[0]).toBe(204)
  expect((await read(path))[0]).toBe(404)
})

test('what does not fit is named by its field, and nothing is made', async () => {
  const { world, read } = await start()
  await using _ = world
  const fields = async (draft: Json) => {
    const [status, body] = await read('/api/schedules', posting({ ...WEEKDAYS, ...draft }))
    return [status, ...(body.errors as { field: string }[]).map(({ field }) => field)]
  }
  expect(await fields({ cron: '61 * * * *' })).toEqual([422, 'cron'])
  expect(await fields({ cron: '0 0 9 * * *', timezone: 'Mars/X' })).toEqual([422, 'timezone', 'cron'])
  expect(await fields({ inputs: {} })).toEqual([422, 'inputs.topic'])
  expect(await fields({ at: '2020-01-01T09:00', cron: null })).toEqual([422, 'at'])
  expect(await fields({ missed: 'never' })).toEqual([422, 'missed'])
  expect(await fields({ jitterSeconds: 4000 })).toEqual([422, 'jitterSeconds'])
  expect(await fields({ destination: { platform: 'irc', channel: 'x' } })).toEqual([422, 'destination.platform'])
  expect((await read('/api/schedules'))[1]).toEqual({ schedules: [], nextCursor: null })
})

test('a schedule runs now, and its history says what came of it', async () => {
  const { world, read } = await start()
  await using _ = world
  const [, made] = await read('/api/schedules', posting({ ...WEEKDAYS, enabled: false }))
  const [status, job] = await read(`/api/schedules/${made.id}/run`, { method: 'POST' })
  expect([status, job]).toMatchObject([
    202,
    { instruction: 'brief', title: 'Tyres', requestedBy: { platform: 'schedule', userId: 'admin', name: 'admin' } },
  ])
  await toEnd(world.engine, String(job.id))
  await eventually(async () => {
    const [, { runs }] = await read(`/api/schedules/${made.id}/runs`)
    expect(runs).toMatchObject([{ state: 'succeeded', job: job.id, byHand: true }])
  })
  const [, { entries }] = await read('/api/audit')
  expect((entries as Json[]).map(({ action }) => action).toSorted()).toEqual(['schedule-add', 'schedule-run'])
})
