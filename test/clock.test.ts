import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { systemClock } from '../src/clock.ts'

test('now is now', () => {
  const before = Date.now()
  expect(systemClock.now().getTime()).toBeGreaterThanOrEqual(before)
  expect(systemClock.now().getTime()).toBeLessThanOrEqual(Date.now())
})

test('a sleep ends by itself and leaves nothing at its signal', async () => {
  const { signal } = new AbortController()
  await systemClock.sleep(1)
  await systemClock.sleep(1, signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('an abort ends a sleep at once, with its own reason', async () => {
  const stop = new AbortController()
  const sleeping = systemClock.sleep(60_000, stop.signal)
  const reason = { kind: 'shutdown' }
  stop.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
})

test('a sleep that was aborted before it began does not begin', async () => {
  await expect(systemClock.sleep(60_000, AbortSignal.abort('gone'))).rejects.toBe('gone')
})
