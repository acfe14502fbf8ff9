import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { ANN, makeWorld, toEnd } from '../support/world.ts'

const FIXTURE = fileURLToPath(new URL('../fixtures/claude-fixture.mjs', import.meta.url))

const NOTE = `---
description: Write a note
inputs:
  topic: { type: text, required: true }
  source: { type: file }
---
Write about {{topic}} with {{source}}.`

const submission = { instruction: 'note', inputs: { topic: 'Tyres' }, origin: ANN }
const fileOf = (text: string) => ({ name: 'a.md', open: () => Readable.from([text]) })
/** An agent that is never reached: no job may start in these tests unless it is meant to. */
const silent = { instructions: { note: NOTE }, bin: FIXTURE }

test('the same key and request give the same job, and keep its files once', async () => {
  await using world = await makeWorld(silent)
  const once = { ...submission, idempotencyKey: 'k1', notBefore: new Date(Date.now() + 60_000) }
  const withFile = (text: string) => ({ ...once, inputs: { topic: 'Tyres', source: [fileOf(text)] } })
  const [first, second] = await Promise.all([world.engine.submit(withFile('x')), world.engine.submit(withFile('x'))])
  expect(second.id).toBe(first.id)
  await expect(world.engine.submit(withFile('y'))).rejects.toThrow(
    new UserError(
      `This Idempotency-Key stands for job \`${first.id}\`, which was another request. Send a new key for a new one.`,
      { kind: 'conflict' },
    ),
  )
  const ben = { ...withFile('y'), origin: { ...ANN, actor: 'user:terminal:ben' } }
  const other = await world.engine.submit(ben)
  expect((await readdir(join(world.dir, 'data', 'inputs'))).sort()).toEqual([first.id, other.id].sort())
})

test('a key may be used anew after seven days', async () => {
  await using world = await makeWorld(silent)
  const once = { ...submission, idempotencyKey: 'k1', notBefore: new Date(Date.now() + 60_000) }
  const first = await world.engine.submit(once)
  const eightDaysAgo = new Date(Date.now() - 8 * 24 * 3_600_000).toISOString()
  await world.db.updateTable('inbound').set({ received_at: eightDaysAgo }).execute()
  expect((await world.engine.submit(once)).id).not.toBe(first.id)
})

test('a job waits for its time, says so, and then runs', async () => {
  await using world = await makeWorld(silent)
  const later = new Date(Date.now() + 600)
  const held = await world.engine.submit({ ...submission, notBefore: later })
  expect(held).toMatchObject({ status: 'queued', position: null, reason: expect.stringMatching(/^not before .* UTC$/) })
  const { job } = await toEnd(world.engine, held.id)
  expect(Date.parse(job.startedAt ?? '')).toBeGreaterThanOrEqual(later.getTime())
})

test('a held job is cancelled like any other', async () => {
  await using world = await makeWorld(silent)
  const held = await world.engine.submit({ ...submission, notBefore: new Date(Date.now() + 300) })
  expect(await world.engine.cancel(held.id, ANN)).toMatchObject({ status: 'cancelled' })
})

test('a higher priority is claimed first', async () => {
  await using world = await makeWorld({ ...silent, slots: 1 })
  await world.engine.stop() // so that all of them are queued before the first is claimed
  const jobs = await Promise.all([0, 2, 1].map(priority => world.engine.submit({ ...submission, priority })))
  const engine = await world.restart()
  const ended = await Promise.all(jobs.map(({ id }) => toEnd(engine, id)))
  const started = ended.map(({ job }) => ({ priority: job.priority, at: job.startedAt ?? '' }))
  started.sort((a, b) => (a.at < b.at ? -1 : 1))
  expect(started.map(({ priority }) => priority)).toEqual([2, 1, 0])
})
