import { expect, test } from 'vitest'
import { untilStopped } from '../src/signals.ts'

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s asks the program to stop', async signal => {
  const stopped = untilStopped()
  process.emit(signal)
  expect(await stopped).toBe(signal)
})
