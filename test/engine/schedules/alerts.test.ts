import { describe, expect, test } from 'vitest'
import { beginPosting, markFailed, markSent, postKey } from '../../../src/db/delivery.ts'
import { ANN, HOUR, hourly, jobOf, MINUTE, type ScheduleWorld, scheduleWorld, states, story } from './world.ts'

const BEN = { ...ANN, actor: 'user:slack:U2', actorName: 'ben' }

describe('somebody is told', () => {
  const alerts = async ({ db }: ScheduleWorld) =>
    (await db.selectFrom('delivery').selectAll().where('step', '=', 'alert').orderBy('created_at').execute()).map(
      ({ target, body }) => [
        (JSON.parse(target) as { place: string }).place,
        (JSON.parse(body) as { text: string }).text.split('\n')[0],
      ],
    )
  const fail = async (world: ScheduleWorld, id: string, status: 'failed' | 'succeeded') => {
    await world.pass(HOUR)
    const job = await jobOf(world, id)
    await markDelivered(world, job)
    await world.end(job, status, status === 'failed' ? 'The account is empty.' : undefined)
    await world.look()
  }
  const markDelivered = async ({ db }: ScheduleWorld, job: string) => {
    await beginPosting(db, postKey(job, 'result'), {}, {})
    await markSent(db, postKey(job, 'result'), ['p1'])
  }

  test('after so many failures in a row, once, and when it works again', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly({ alertAfter: 2, alertTo: 'channel:slack:C9' }), ANN)
    await fail(world, id, 'failed')
    expect(await alerts(world)).toEqual([])
    await fail(world, id, 'failed')
    await fail(world, id, 'failed')
    expect(await world.schedules.one(id)).toMatchObject({ failuresInARow: 3 })
    await fail(world, id, 'succeeded')
    await fail(world, id, 'succeeded')
    expect(await alerts(world)).toEqual([
      ['channel:slack:C9', `\`brief\` (schedule ${id}) failed 2 times in a row: The account is empty.`],
      ['channel:slack:C9', `\`brief\` (schedule ${id}) works again.`],
    ])
    expect(await states(world, id)).toEqual({ failed: 3, succeeded: 2 })
  })

  test('of a failure once, whichever process sees it', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    await world.pass(HOUR)
    await world.end(await jobOf(world, id), 'failed', 'It broke.')
    await Promise.all([world.look(), world.another().look(), world.another().look()])
    expect(await world.schedules.one(id)).toMatchObject({ failuresInARow: 1 })
    expect(await alerts(world)).toHaveLength(1)
  })

  test('of a result that could not be posted, or was not within a while', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    await world.pass(HOUR)
    const first = await jobOf(world, id)
    await markFailed(world.db, postKey(first, 'result'), 'not_in_channel')
    await world.end(first, 'succeeded')
    await world.pass(HOUR)
    const second = await jobOf(world, id)
    await world.end(second, 'succeeded')
    await world.look()
    expect((await states(world, id)).made).toBe(1)
    await world.pass(16 * MINUTE)
    expect(await states(world, id)).toEqual({ failed: 2 })
    expect((await alerts(world))[0]?.[1]).toContain('it ran, and could not be posted: not_in_channel')
  })

  test('when its instruction is gone, or asks for something else', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    world.instruct({})
    await world.pass(HOUR)
    expect((await alerts(world))[0]?.[1]).toContain('failed: There is no instruction `brief`')
    world.instruct({
      brief: '---\ndescription: Write a brief\ninputs:\n  tone: { type: text, required: true }\n---\n{{tone}}',
    })
    await world.pass(HOUR)
    expect((await world.schedules.runs(id, 1))[0]?.note).toContain('`tone` is required')
    expect(await world.schedules.one(id)).toMatchObject({ enabled: true, failuresInARow: 2 })
  })

  test('when its maker may not run it any more: then it pauses', async () => {
    const world = await scheduleWorld()
    const { id } = await world.schedules.add(hourly(), ANN)
    world.role('viewer')
    await world.pass(HOUR)
    const because = 'ann, who made it, may not run `brief` there any more.'
    expect(await world.schedules.one(id)).toMatchObject({ enabled: false, pausedBecause: because })
    expect(await alerts(world)).toEqual([[ANN.place, expect.stringContaining(`I paused \`brief\``)]])
    expect(await story(world, id)).toEqual(['11:00 skipped'])
    world.role('admin')
    expect(await world.schedules.change(id, { enabled: true }, BEN)).toMatchObject({ enabled: true })
  })
})
