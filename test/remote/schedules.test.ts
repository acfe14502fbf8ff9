import { expect, test } from 'vitest'
import { serverFor } from './command-line.ts'

test('schedules are shown before they are saved, read, paused, run and removed', async () => {
  const { errand } = await serverFor({})
  const draft = ['schedules', 'add', '0 9 * * 1-5', 'brief', 'topic=Winter tyres', '--tz', 'Europe/Berlin']
  expect((await errand(...draft)).out).toMatch(
    /^It would run `0 9 \* \* 1-5` Europe\/Berlin:\n( {2}\w+, \d+ \w+ \d+, 09:00\n){3}Nothing is saved yet/,
  )
  expect((await errand('schedules')).out).toBe('Nothing is scheduled yet.')
  const more = ['--in', 'slack:C024', '--missed', 'all', '--late', '30', '--alert-in', 'slack:C9', '--save', '--json']
  const made = JSON.parse((await errand(...draft, ...more)).out)
  expect(made).toMatchObject({
    ...{ cron: '0 9 * * 1-5', missed: 'all', maxLatenessMinutes: 30, inputs: { topic: 'Winter tyres' } },
    ...{ destination: { platform: 'slack', channel: 'C024' }, alertTo: { platform: 'slack', channel: 'C9' } },
  })
  expect((await errand('schedules', 'pause', made.id)).out).toBe(
    `${made.id} ‖ \`brief · Winter tyres\` — \`0 9 * * 1-5\` Europe/Berlin: paused by admin`,
  )
  expect((await errand('schedules', 'resume', made.id)).out).toContain('next ')
  expect((await errand('schedules', 'run', made.id)).out).toMatch(/^\w{8} . `brief · Winter tyres`/)
  expect((await errand('schedules', 'show', made.id)).out).toMatch(/^\w{8} ▷ .*\n.* {2}(queued|running) · \w{8}$/)
  expect(JSON.parse((await errand('schedules', '--json')).out)).toMatchObject({ schedules: [{ id: made.id }] })
  expect((await errand('schedules', 'remove', made.id)).out).toContain('is removed')
  expect(await errand('schedules', 'show', made.id)).toMatchObject({
    status: 1,
    err: expect.stringContaining('no sche'),
  })
})

test('what does not fit ends with a sentence and status 2', async () => {
  const { errand } = await serverFor({})
  for (const [words, why] of [
    [['add', '61 * * * *', 'brief', 'topic=x'], '`61` does not fit the minute (0 to 59)'],
    [['add', 'in 20m', 'brief', 'topic=x', '--jitter', 'soon'], 'jitterSeconds'],
    [['add', '@daily', 'brief', 'topic=x', '--in', 'news'], 'is no channel'],
    [['add', '@daily'], 'needs a time and an instruction'],
    [['stop', 'x'], 'There is no action'],
    [['pause'], 'Which one?'],
  ] as const)
    expect(await errand('schedules', ...words)).toMatchObject({ status: 2, err: expect.stringContaining(why) })
})
