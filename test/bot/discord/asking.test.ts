import { text as readAll } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { Request } from '../../../src/bot/platform.ts'
import type { Upload } from '../../../src/engine/instructions/upload.ts'
import { UserError } from '../../../src/errors.ts'
import { BEN } from '../../support/discord/state.ts'
import { eventually } from '../../support/eventually.ts'
import { openDiscord } from './open-discord.ts'

const first = async (requests: Request[]): Promise<Request> => {
  await eventually(() => expect(requests).toHaveLength(1))
  const [request] = requests
  if (!request) throw new Error('there is none')
  return request
}

test('typed options are handed in as values, files among them', async () => {
  const { discord, requests } = await openDiscord()
  const one = { name: 'a.md', text: 'one' }
  const asked = discord.slash('brief', {
    topic: 'Winter',
    words: 500,
    publish: true,
    sources: one,
    'sources-2': { name: 'b.md', text: 'two' },
  })
  const request = await first(requests)
  expect(request).toMatchObject({
    ...{ key: asked.id, text: 'brief', actor: 'user:discord:101', actorName: 'Ann', roles: ['role:discord:77'] },
    ...{ place: 'channel:discord:600', thread: null, values: { topic: 'Winter', words: 500, publish: true } },
  })
  const files = request.values?.sources as Upload[]
  expect(await Promise.all(files.map(({ open }) => readAll(open())))).toEqual(['one', 'two'])
  await eventually(() => expect(asked.answered).toBe(5))
})

test('the words of /errand are handed in as a command', async () => {
  const { discord, requests } = await openDiscord()
  discord.slash('errand run', { instruction: 'brief', inputs: 'topic="Winter  tyres"' })
  discord.slash('errand status', { job: '4x7k2m9q' })
  for (const verb of ['jobs', 'limits']) discord.slash(`errand ${verb}`)
  for (const verb of ['again', 'edit', 'use']) discord.slash(`errand ${verb}`, { job: '4x7k2m9q' })
  await eventually(() => expect(requests).toHaveLength(7))
  expect(requests.map(({ text }) => text)).toEqual([
    ...['brief topic="Winter  tyres"', 'status 4x7k2m9q', 'jobs', 'limits'],
    ...['again 4x7k2m9q', 'edit 4x7k2m9q', 'use 4x7k2m9q'],
  ])
})

test('an interaction is kept before it is acknowledged, and a failure to keep it is told', async () => {
  const kept = Promise.withResolvers<void>()
  const { discord } = await openDiscord({}, () => kept.promise)
  const asked = discord.slash('errand jobs')
  await new Promise(resolve => setTimeout(resolve, 60))
  expect(asked.answered).toBeNull()
  kept.reject(new UserError('I could not keep this request, so nothing was started. Try again.'))
  await eventually(() => expect(discord.seen(asked)).toContain('nothing was started'))
})

test('a whisper is seen by the asker alone, and what has nothing to say leaves nothing behind', async () => {
  const { discord, requests, platform } = await openDiscord()
  const asked = discord.slash('errand jobs')
  await platform.whisper(await first(requests), 'No job here.', [{ label: 'Run again', command: 'brief x' }])
  await eventually(() => expect(discord.seen(asked)).toContain('No job here.\n[Run again]'))
  const quiet = discord.slash('brief', { topic: 'x' })
  await eventually(() => expect(quiet.answered).toBe(5))
  await requests[1]?.done?.()
  expect(discord.seen(quiet)).toBe('')
  expect(quiet.answered).toBe(0)
  expect(discord.messages()).toEqual([])
})

test('a button hands in its command, however long, and as who pressed it', async () => {
  const { discord, requests, platform, place } = await openDiscord()
  const long = `brief topic="${'x'.repeat(300)}"`
  const actions = [
    { label: 'Cancel', command: 'cancel x', style: 'danger' as const },
    { label: 'Again', command: long },
  ]
  await platform.post(place, { step: 'card', text: 'card', actions }, 'a/card')
  const [card] = discord.messages()
  if (!card) throw new Error('no card')
  const pressed = discord.press(card, 'Cancel', { user: BEN })
  await eventually(() => expect(pressed.answered).toBe(6))
  discord.press(card, 'Again')
  await eventually(() => expect(requests).toHaveLength(2))
  expect(requests.map(({ text, actor }) => [text, actor])).toEqual([
    ['cancel x', 'user:discord:102'],
    [long, 'user:discord:101'],
  ])
})

test('an action with a text asks for it first; answers with descriptions are a menu', async () => {
  const { discord, requests, platform, place } = await openDiscord()
  const actions = [
    { label: 'Drivers', command: 'answer q1 Drivers', description: 'Those who drive in winter' },
    { label: 'Shops', command: 'answer q1 Shops', description: 'Those who sell tyres' },
    { label: 'Other', command: 'answer q1', input: { label: 'Your answer' } },
  ]
  await platform.post(place, { step: 'question', text: 'Which audience?', actions }, 'a/q')
  await platform.post(
    place,
    {
      step: 'question',
      text: 'Which?',
      actions: [
        {
          label: 'Choose',
          command: 'answer q2',
          options: [
            { label: 'A b', description: '' },
            { label: 'C', description: 'c' },
          ],
        },
      ],
    },
    'b/q',
  )
  const [one, two] = discord.messages()
  if (!one || !two) throw new Error('no question')
  expect(discord.text()).toContain('<Drivers | Shops> [Other]')
  discord.choose(one, ['Shops'])
  await eventually(() => expect(requests).toHaveLength(1))
  const form = discord.press(one, 'Other')
  await eventually(() => expect(form.answered).toBe(9))
  discord.submit(form, { 'Your answer': 'People "like" us' })
  await eventually(() => expect(requests).toHaveLength(2))
  discord.choose(two, ['A b', 'C'])
  await eventually(() => expect(requests).toHaveLength(3))
  expect(requests.map(({ text }) => text)).toEqual([
    'answer q1 Shops',
    'answer q1 "People \\"like\\" us"',
    'answer q2 "A b" C',
  ])
})

test('commands are named as they are given here: by a slash, or by a mention where there is none', async () => {
  const { discord, requests, platform, place } = await openDiscord()
  const asked = discord.slash('errand help')
  await platform.whisper(await first(requests), '`errand help x` · `errand brief topic=y` · `errand answer z`')
  await eventually(() =>
    expect(discord.seen(asked)).toContain('`/errand help x` · `@errand brief topic=y` · `@errand answer z`'),
  )
  const footer = 'job 4x7k2m9q · `errand log 4x7k2m9q` shows every step'
  await platform.post(place, { step: 'result', text: 'The agent says `errand log`.', footer }, 'a/result')
  expect(discord.text()).toContain('The agent says `errand log`.\n-# job 4x7k2m9q · `/errand log 4x7k2m9q` shows')
})

test('where a permission is missing its name is why nothing may start', async () => {
  const { discord, requests } = await openDiscord()
  const channel = discord.state.channels.get('601')
  if (!channel) throw new Error('no channel')
  channel.denied = 1n << 35n
  const lacks = 'I lack the permission `Create Public Threads` in this channel'
  discord.slash('brief', { topic: 'x' }, { channel: '601' })
  await expect((await first(requests)).mayPost?.()).rejects.toThrow(lacks)
})

test('fifty interactions at once are all acknowledged in time', async () => {
  const { discord, requests } = await openDiscord()
  const asked = Array.from({ length: 50 }, (_, i) => discord.slash('brief', { topic: `t${i}` }))
  await eventually(() => expect(asked.filter(({ answered }) => answered === null)).toEqual([]))
  expect(requests).toHaveLength(50)
})

test('an interaction that was acknowledged before, as when its answer was lost, is taken as acknowledged', async () => {
  const { discord, requests } = await openDiscord()
  discord.fail({ method: 'POST', path: /^interactions/, how: 'after', status: 502 })
  discord.slash('brief', { topic: 'x' })
  await eventually(() => expect(requests).toHaveLength(1))
  await requests[0]?.acknowledged
  expect(discord.calls.filter(({ path }) => path.startsWith('interactions'))).toHaveLength(2)
})

test('the words of /errand schedule are handed in as a command, with the channel that was chosen', async () => {
  const { discord, requests } = await openDiscord()
  const options = { when: '0 9 * * 1-5', instruction: 'brief', inputs: 'topic=Tyres', options: 'missed=all' }
  discord.slash('errand schedule add', { ...options, in: '<#601>' })
  discord.slash('errand schedule pause', { schedule: 'k3x9m2p4' })
  await eventually(() => expect(requests).toHaveLength(2))
  expect(requests.map(({ text }) => text)).toEqual([
    'schedule add "0 9 * * 1-5" missed=all brief topic=Tyres in <#601>',
    'schedule pause k3x9m2p4',
  ])
  const [request] = requests
  expect(await request?.findPlace?.('<#601>')).toBe('channel:discord:601')
  await expect(request?.findPlace?.('<#999>')).rejects.toThrow('I know no channel `<#999>` here')
  await expect(request?.findPlace?.('#other')).rejects.toThrow('I know no channel')
})
