import { resolve } from 'node:path'
import { expect, test, vi } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { makeSite } from '../support/server.ts'
import { ANN } from '../support/world.ts'

const CLAUDE_BIN = resolve('test/fixtures/claude-fixture.mjs')
const MANY = 10

test('of two servers each tick makes one job, also when one is killed at it', async () => {
  const quick = `---\ndescription: F\n---\nDO ${JSON.stringify([['result', 'done']])}`
  await using site = await makeSite({ quick }, { CLAUDE_BIN, MAX_CONCURRENT_JOBS: '4' })
  const { db, engine } = site
  for (let n = 0; n < MANY; n += 1)
    await engine.schedules.add({ instruction: 'quick', inputs: {}, cron: '0 0 1 1 *', overlap: 'allow' }, ANN)
  const [first] = await Promise.all([site.start(), site.start()])
  const comeDue = () => db.updateTable('schedule').set({ next_due: new Date().toISOString() }).execute()
  const ticks = () => db.selectFrom('tick').selectAll().execute()
  const jobs = async () => (await db.selectFrom('job').select('id').execute()).map(({ id }) => id).sort()
  const expectJobs = async (count: number) => {
    await eventually(async () => {
      const made = await ticks()
      expect(made).toHaveLength(count)
      expect(made.map(({ state }) => state).filter(state => state !== 'succeeded')).toEqual([])
    })
    expect((await ticks()).map(({ job }) => job).sort()).toEqual(await jobs())
  }
  await comeDue()
  await expectJobs(MANY)
  await comeDue()
  await vi.waitFor(async () => expect(await ticks()).toHaveLength(2 * MANY), { timeout: 30_000, interval: 5 })
  await first.kill('SIGKILL')
  await expectJobs(2 * MANY)
})
