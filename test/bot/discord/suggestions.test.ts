import { expect, test, vi } from 'vitest'
import { JOB_STATUSES, type Person } from '../../../src/job.ts'
import { jobView } from '../../fakes/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { instructionsOf } from '../../support/world.ts'
import { BRIEF, openDiscord } from './open-discord.ts'

test.each([
  ['cancel', ['queued', 'running', 'waiting']],
  ['retry', ['failed', 'cancelled']],
  ['resume', ['failed', 'cancelled']],
  ['log', ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'heard']],
])('for `%s` the jobs are suggested that it fits', async (verb, fitting) => {
  const all = JOB_STATUSES.map(status => jobView({ id: status, status }))
  const heard = jobView({ id: 'heard', status: 'cancelled', saidInto: '4x7k2m9q' })
  const engine = {
    instructions: () => instructionsOf({ brief: BRIEF }),
    jobs: async () => ({ jobs: [...all, heard], next: null }),
    schedules: { list: async () => ({ schedules: [], next: null }) },
    asking: async (person: Person) => ({ ...person, role: 'user' as const }),
  }
  const { discord } = await openDiscord({ engine })
  const asked = discord.suggest(`errand ${verb}`, 'job', '')
  await eventually(() => expect(asked.answered).toBe(8))
  expect(asked.data?.choices).toEqual(fitting.map(value => expect.objectContaining({ value })))
})

test('the schedules of a place are suggested by what they are', async () => {
  const view = {
    id: 'k3x9m2p4',
    instruction: 'brief',
    title: 'Tyres',
    cron: '@daily',
    timezone: 'UTC',
    failuresInARow: 0,
  }
  const daily = { ...view, enabled: false, pausedBecause: 'paused by ann', nextRuns: [], lastRunAt: null }
  const list = vi.fn(async () => ({ schedules: [daily as never], next: null }))
  const { discord } = await openDiscord({ schedules: { list } })
  const asked = discord.suggest('errand schedule resume', 'schedule', 'tyr')
  await eventually(() => expect(asked.answered).toBe(8))
  expect(asked.data?.choices).toEqual([
    { name: 'k3x9m2p4 ‖ brief · Tyres — @daily UTC: paused by ann', value: 'k3x9m2p4' },
  ])
  expect(list).toHaveBeenCalledWith({
    limit: 50,
    seenBy: expect.objectContaining({ actor: 'user:discord:101', place: 'channel:discord:600' }),
  })
})
