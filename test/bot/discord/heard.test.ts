import { expect, test } from 'vitest'
import { BEN } from '../../support/discord/state.ts'
import { eventually } from '../../support/eventually.ts'
import { openDiscord } from './open-discord.ts'

test('a request in a thread belongs to its channel, and a direct message needs no mention', async () => {
  const { discord, requests, platform, place } = await openDiscord()
  const card = await platform.post(place, { step: 'card', text: '`brief · x` — queued' }, 'a/card')
  await platform.post({ ...place, thread: card }, { step: 'progress', text: 'reading' }, 'a/progress')
  const thread = card.split('/')[1] ?? ''
  discord.say('<@900> jobs', { channel: thread })
  discord.say('jobs', { channel: '700' })
  discord.say('talk among people', { channel: '600' })
  await eventually(() => expect(requests).toHaveLength(2))
  expect(requests[0]).toMatchObject({ place: place.place, thread: card, text: 'jobs', isOverheard: true })
  expect(requests[1]).toMatchObject({ place: 'channel:discord:700', thread: null, text: 'jobs', isOverheard: false })
  const message = await platform.post(
    { place: 'channel:discord:700', thread: null },
    { step: 'card', text: 'x' },
    'b/card',
  )
  await platform.post({ place: 'channel:discord:700', thread: message }, { step: 'result', text: 'done' }, 'b/result')
  expect(discord.messages('700').map(({ content }) => content.replaceAll(/[\u200b\u200c]/g, ''))).toEqual([
    'jobs',
    'x',
    'done',
  ])
})

/** The thread of a job that is done, with its result in it. */
async function openThread(content: boolean) {
  const { discord, requests, platform, place } = await openDiscord({ content })
  const card = await platform.post(place, { step: 'card', text: '`brief · x` — done' }, 'a/card')
  await platform.post({ ...place, thread: card }, { step: 'result', text: 'Here.' }, 'a/result')
  const thread = card.split('/')[1] ?? ''
  const result = discord.messages(thread)[0] ?? expect.fail('no result')
  return { discord, requests, card, thread, result }
}

test('a reply to a post of the bot in a thread is heard, with or without the intent for message content', async () => {
  for (const content of [true, false]) {
    const { discord, requests, card, thread, result } = await openThread(content)
    const talk = discord.say('Among us', { channel: thread, user: BEN })
    discord.say('I think so too', { channel: thread, replyTo: talk })
    discord.say('make it shorter', { channel: thread, replyTo: result })
    const heard = content ? ['Among us', 'make it shorter'] : ['make it shorter']
    await eventually(() => expect(requests.map(({ text }) => text)).toEqual(heard))
    expect(requests.at(-1)).toMatchObject({ thread: card, isWritten: true })
  }
})

test('a reply to a post of the bot is heard outside of threads too, and says which post', async () => {
  for (const content of [true, false]) {
    const { discord, requests, platform, place } = await openDiscord({ content })
    const card = await platform.post(place, { step: 'card', text: '`brief · x` — done' }, 'a/card')
    const direct = await platform.post({ place: 'user:discord:101', thread: null }, { step: 'card', text: 'x' }, 'b')
    const [one, two] = [discord.messages()[0], discord.messages('700')[0]]
    if (!one || !two) throw new Error('no card')
    const talk = discord.say('Among us', { user: BEN })
    discord.say('I think so too', { replyTo: talk })
    discord.say('<@102> look what it says', { replyTo: one })
    discord.say('shorter', { replyTo: one })
    discord.say('quietly', { replyTo: one, silently: true })
    discord.say('longer', { channel: '700', replyTo: two })
    discord.say('', { channel: '700', replyTo: two, type: 0 }) // forwarded
    const heard = [['shorter', card], ...(content ? [['quietly', card]] : []), ['longer', direct], ['', undefined]]
    await eventually(() => expect(requests.map(({ text, repliesTo }) => [text, repliesTo])).toEqual(heard))
    expect(requests[0]).toMatchObject({ ...place, isWritten: true })
  }
})

test('a reply may be a file alone', async () => {
  for (const content of [true, false]) {
    const { discord, requests, card, thread, result: replyTo } = await openThread(content)
    const files = [{ name: 'notes.md', text: 'x' }]
    discord.say('', { channel: thread, files })
    discord.say('', { channel: thread, files, replyTo })
    await eventually(() => expect(requests).toHaveLength(content ? 2 : 1))
    expect(requests.at(-1)).toMatchObject({ text: '', thread: card, files: [{ name: 'notes.md' }] })
  }
})

test("a mention of the bot's own role is one of the bot, and of another role is not", async () => {
  const { discord, requests } = await openDiscord()
  discord.say('<@&77> jobs')
  discord.say('<@&79> jobs')
  discord.say('now <@&79> jobs')
  await eventually(() => expect(requests.map(({ text }) => text)).toEqual(['jobs', 'now <@&79> jobs']))
})
