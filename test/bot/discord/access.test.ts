import { expect, onTestFinished, test } from 'vitest'
import { type Channel, GUILD, type User } from '../../support/discord/state.ts'
import { eventually } from '../../support/eventually.ts'
import { makeDiscord, openDiscord } from './open-discord.ts'

const EVE: User = { id: '109', username: 'eve', global_name: 'Eve', bot: false }
const STRANGER = 'I work for the people of my servers, and you are in none; nothing was started.'

test('in a direct message only people of its servers are heard, and nobody else sees what there is', async () => {
  const { discord, requests } = await openDiscord()
  discord.say('jobs', { channel: '700' })
  discord.say('jobs', { channel: '700', user: EVE })
  await eventually(() => expect(requests).toHaveLength(2))
  const [ann, eve] = requests
  await ann?.admit?.()
  await expect(eve?.admit?.()).rejects.toThrow(STRANGER)
  const typed = discord.suggest('errand run', 'instruction', '', { channel: '700', user: EVE })
  await eventually(() => expect(typed.answered).toBe(8))
  expect(typed.data?.choices).toEqual([])
  const menu = discord.runOn(discord.say('hi', { channel: '700', user: EVE }), 'Run with Errand', {
    ...{ channel: '700', user: EVE },
  })
  await eventually(() => expect(discord.seen(menu)).toContain('There is nothing that you may run here.'))
})

test('where servers are named, people of others are strangers in a direct message too', async () => {
  const { discord, make } = await makeDiscord({ guildIds: ['501'] })
  const platform = make()
  const refused: string[] = []
  await platform.start(async ({ admit }) => {
    await admit?.().catch(error => refused.push(error.message))
  })
  onTestFinished(() => platform.stop())
  discord.say('jobs', { channel: '700' })
  await eventually(() => expect(refused).toEqual([STRANGER]))
})

test('whom Discord does not tell of just now is refused, and asked about anew', async () => {
  const { discord, requests } = await openDiscord()
  discord.say('jobs', { channel: '700' })
  await eventually(() => expect(requests).toHaveLength(1))
  discord.fail({ method: 'GET', path: /members/, how: 'before', status: 403 })
  await expect(requests[0]?.admit?.()).rejects.toThrow('Discord does not tell me who you are just now')
  await requests[0]?.admit?.()
})

test('commands of people who have the app for themselves are refused where the bot is not', async () => {
  const { discord, requests } = await openDiscord({ guildIds: [] })
  const far: Channel = { id: '801', type: 0, name: 'far', guild_id: '800', last_message_id: null, denied: 0n }
  discord.state.channels.set(far.id, far)
  const asked = discord.slash('brief', { topic: 'x' }, { channel: far.id, user: EVE })
  await eventually(() => expect(discord.seen(asked)).toContain('I do not work in this server'))
  discord.slash('brief', { topic: 'x' })
  await eventually(() => expect(requests.map(({ actor }) => actor)).toEqual(['user:discord:101']))
})

test('programs, and what Discord notes itself, say nothing to the bot', async () => {
  const { discord, requests, platform, place } = await openDiscord()
  const card = await platform.post(place, { step: 'card', text: '`brief · x` — done' }, 'a/card')
  await platform.post({ ...place, thread: card }, { step: 'result', text: 'Here.' }, 'a/result')
  const thread = card.split('/')[1] ?? ''
  const [RENAMED, PINNED] = [4, 6]
  discord.say('Another name', { channel: thread, type: RENAMED })
  discord.say('', { channel: '700', type: PINNED })
  discord.say('<@900> jobs', { webhook_id: '5' })
  discord.say('make it shorter', { channel: thread, webhook_id: '5' })
  discord.say('<@900> jobs', { user: { ...EVE, bot: true } })
  discord.say('<@900> jobs', { user: { id: '900', username: 'errand', global_name: null, bot: true } })
  discord.say('@everyone jobs')
  discord.say('make it longer', { channel: thread })
  await eventually(() => expect(requests.map(({ text }) => text)).toEqual(['make it longer']))
})

test('ids that no post has, or that stand for something else, start nothing and are answered', async () => {
  const { discord, requests, platform, place } = await openDiscord()
  const actions = [
    { label: 'Again', command: 'brief', values: { topic: 'x' } },
    { label: 'Reply', command: 'reply 4x7k2m9q', input: { label: 'What next?' } },
  ]
  await platform.post(place, { step: 'result', text: 'Done.', actions }, 'a/result')
  const [post] = discord.messages()
  if (!post) throw new Error('no post')
  const [again = '', reply = ''] = post.components
    .flatMap(row => row.components ?? [])
    .map(part => part.custom_id?.slice(2))
  const menu = discord.runOn(discord.say('hi'), 'Run with Errand')
  await eventually(() => expect(discord.seen(menu)).toContain('<brief>'))
  const [offer] = menu.seen.values()
  const picked = offer?.components[0]?.components?.[0]?.custom_id?.slice(2) ?? ''
  const wrong = [
    ...[
      'x',
      'z:what',
      `k:${'x'.repeat(98)}`,
      'k:{"kind":',
      `k:${picked}`,
      `f:${again}`,
      `f:${picked}`,
      `i:${again}`,
      'g:1',
    ],
  ].map(id => discord.forge(post, id))
  wrong.push(discord.forge(post, `m:${reply}`, ['0']), discord.forge(post, `m:${picked}`, ['99']))
  const form = { ...menu, data: { custom_id: `i:${picked}`, components: [] } }
  wrong.push(discord.submit(form, {}), discord.submit({ ...form, data: { custom_id: 'g:none', components: [] } }, {}))
  for (const asked of wrong) await eventually(() => expect(discord.seen(asked)).toContain('This is too old'))
  expect(requests).toEqual([])
  discord.forge(post, 'c:cancel 4x7k2m9q') // a command is asked for by whoever sends it, as if it was typed
  await eventually(() => expect(requests).toMatchObject([{ text: 'cancel 4x7k2m9q', actor: 'user:discord:101' }]))
})

test('a file is fetched from addresses of Discord alone', async () => {
  const { discord, requests } = await openDiscord()
  const message = discord.say('<@900> brief', { files: [{ name: 'a.md', text: 'a' }] })
  await eventually(() => expect(requests).toHaveLength(1))
  discord.state.uploads.clear()
  message.attachments = [] // it was deleted before it was read
  const read = async (i: number) =>
    await requests[i]?.files[0]
      ?.open()
      .toArray()
      .catch((error: Error) => error.message)
  expect(await read(0)).toBe('I could not read `a.md` from Discord; nothing was started. Attach it again.')
  const inside = { id: '1', filename: 'b.md', size: 1, url: 'http://169.254.169.254/b.md', content_type: 'text/plain' }
  discord.gateway.send('MESSAGE_CREATE', {
    ...{ id: discord.state.snowflake(), channel_id: '600', guild_id: GUILD, content: '<@900> brief', type: 0 },
    ...{ author: { id: '101', username: 'ann' }, attachments: [inside], mentions: [{ id: '900', username: 'errand' }] },
    ...{ timestamp: new Date().toISOString(), embeds: [], mention_roles: [], components: [] },
  })
  await eventually(() => expect(requests).toHaveLength(2))
  expect(await read(1)).toBe('`b.md` does not lie at Discord, so I cannot read it. Attach the file itself.')
})
