import { expect, test } from 'vitest'
import { createPace } from '../../../src/bot/slack/pace.ts'
import { createFakeClock } from '../../fakes/clock.ts'

/** A pace of 45 a minute, and what passed it in its order. */
function start() {
  const clock = createFakeClock()
  const pace = createPace(45, clock)
  const stop = new AbortController()
  const passed: string[] = []
  const edit = (name: string, urgent = false) =>
    void pace.turn(urgent, stop.signal).then(
      () => passed.push(name),
      () => passed.push(`${name} given up`),
    )
  return { clock, passed, edit, stop }
}
const settled = () => new Promise(resolve => setImmediate(resolve))

test('45 edits pass in a minute, and in no minute more', async () => {
  const { clock, passed, edit } = start()
  for (let i = 0; i < 100; i += 1) edit(`edit ${i}`)
  await settled()
  expect(passed).toHaveLength(45)
  await clock.advance(59_999)
  expect(passed).toHaveLength(45)
  await clock.advance(1)
  expect(passed).toHaveLength(90)
  await clock.advance(60_000)
  expect(passed).toEqual(Array.from({ length: 100 }, (_, i) => `edit ${i}`))
})

test('a change of state goes before progress that waited longer', async () => {
  const { clock, passed, edit } = start()
  for (let i = 0; i < 45; i += 1) edit(`first ${i}`)
  await settled()
  edit('progress 1')
  edit('progress 2')
  edit('done', true)
  edit('failed', true)
  await clock.advance(60_000)
  expect(passed.slice(45)).toEqual(['done', 'failed', 'progress 1', 'progress 2'])
})

test('at the stop those that wait are given up', async () => {
  const { passed, edit, stop } = start()
  for (let i = 0; i < 48; i += 1) edit(`edit ${i}`)
  await settled()
  stop.abort(new Error('stop'))
  await settled()
  expect(passed.slice(45)).toEqual(['edit 45 given up', 'edit 46 given up', 'edit 47 given up'])
})
