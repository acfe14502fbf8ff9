import { expect, test } from 'vitest'
import { versionStats } from '../../src/engine/version-stats.ts'
import { openRig } from './limits/rig.ts'

test('the time of a version is the time at work, without the hours for which a job was parked', async () => {
  const rig = await openRig()
  await rig.queue(1)
  const [begun] = await rig.claim(1)
  if (!begun) throw new Error('nothing was claimed')
  await rig.clock.advance(60_000)
  await rig.interrupt(begun)
  await rig.clock.advance(5 * 3_600_000)
  const [again] = await rig.claim(1)
  if (!again) throw new Error('it was not claimed again')
  await rig.clock.advance(30_000)
  await rig.end(again, 0)
  expect(await versionStats(rig.db, 'brief')).toMatchObject([{ jobs: 1, succeeded: 1, durationMs: 90_000 }])
})
