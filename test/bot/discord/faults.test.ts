import { createRequire } from 'node:module'
import { PermissionFlagsBits } from 'discord.js'
import { expect, onTestFinished, test } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { GUILD } from '../../support/discord/state.ts'
import { eventually } from '../../support/eventually.ts'
import { makeDiscord, openDiscord } from './open-discord.ts'

const card = (text: string) => ({ step: 'card' as const, text })
const POSTS = /channels\/\d+\/messages$/

test('a post whose answer is lost is made once, and found by its mark when its nonce is forgotten', async () => {
  const { discord, platform, place } = await openDiscord()
  discord.fail({ method: 'POST', path: POSTS, how: 'after', status: 502 })
  await platform.post(place, card('one'), 'a/card') // the library tries again by itself
  expect(discord.messages()).toHaveLength(1)

  discord.fail({ method: 'POST', path: POSTS, how: 'cut' })
  await expect(platform.post(place, card('two'), 'b/card')).rejects.toThrow()
  expect(discord.messages()).toHaveLength(2)
  const again = await platform.post(place, card('two'), 'b/card')
  expect(discord.messages()).toHaveLength(2)
  discord.advance(3 * 60_000)
  expect(await platform.find(place, 'b/card')).toBe(again)
  await platform.edit(again, card('two, later'))
  expect(await platform.find(place, 'b/card')).toBe(again)
})

test('a job of sixteen minutes still tells its thread, by the token of the bot', async () => {
  const { discord, platform, place, requests } = await openDiscord()
  const asked = discord.slash('brief', { topic: 'x' })
  await eventually(() => expect(asked.answered).toBe(5))
  const ref = await platform.post(place, card('`brief · x` — running'), 'a/card')
  await requests[0]?.done?.()
  discord.advance(16 * 60_000)
  await platform.edit(ref, card('`brief · x` — done'))
  await platform.post({ ...place, thread: ref }, { step: 'result', text: 'Here.' }, 'a/result')
  expect(discord.text()).toMatch(/done.*\n {2}# brief · x\n {2}errand: Here\./)
})

test('an archived thread is reopened before its posts are edited', async () => {
  const { discord, platform, place } = await openDiscord()
  const ref = await platform.post(place, card('`brief · x` — running'), 'a/card')
  const thread = { ...place, thread: ref }
  const progress = await platform.post(thread, { step: 'progress', text: 'reading' }, 'a/progress')
  const channel = discord.state.channels.get(ref.split('/')[1] ?? '')
  if (!channel?.thread_metadata) throw new Error('no thread')
  channel.thread_metadata.archived = true
  discord.gateway.send('THREAD_UPDATE', { ...channel, denied: undefined })
  await eventually(async () => {
    await platform.edit(progress, { step: 'progress', text: 'writing' })
    expect(discord.text()).toContain('writing')
  })
  expect(channel.thread_metadata.archived).toBe(false)
})

test('without the intent for message content mentions are heard all the same', async () => {
  const { discord, requests, lines } = await openDiscord({ content: false })
  expect(lines.join('')).toContain('the message content intent is not granted')
  discord.say('<@900> jobs')
  await eventually(() => expect(requests.map(({ text }) => text)).toEqual(['jobs']))
})

test('a token that is not taken is one sentence with its remedy', async () => {
  const { make } = await makeDiscord({ token: 'wrong' })
  const error = await make()
    .start(async () => {})
    .catch(error => error)
  expect(error).toBeInstanceOf(UserError)
  expect(error.message).toMatch(/^DISCORD_TOKEN is not taken/)
})

test('what was said while the connection was broken is heard: by resume, and by looking after a lost session', async () => {
  const { discord, requests } = await openDiscord()
  discord.say('<@900> one')
  await eventually(() => expect(requests).toHaveLength(1))
  discord.gateway.setDown(true) // as for a minute
  discord.say('<@900> two')
  const missed = discord.slash('brief', { topic: 'x' })
  discord.advance(60_000)
  discord.gateway.setDown(false)
  await eventually(() => expect(requests.map(({ text }) => text)).toEqual(['one', 'two', 'brief']))
  expect(discord.gateway.resumed()).toBe(1)
  // A command that was given meanwhile comes too, too late to be answered: its work is not to begin.
  expect(missed.answered).toBeNull()
  await expect(requests[2]?.acknowledged).rejects.toThrow('Unknown interaction')

  discord.gateway.drop({ lose: true })
  discord.say('<@900> three')
  await eventually(() => expect(requests.map(({ text }) => text)).toContain('three'))
  expect(discord.gateway.identified()).toBe(2)
  // Keys are the messages' own, so that what is found twice is taken once.
  expect(new Set(requests.map(({ key }) => key)).size).toBe(4)
})

test('after a lost session nothing is passed over: neither a direct message nor what came behind many others', async () => {
  const { discord, requests } = await openDiscord()
  discord.say('one', { channel: '700' })
  discord.advance(60_000)
  discord.say('talk')
  await eventually(() => expect(requests).toHaveLength(1))
  discord.gateway.drop({ lose: true })
  discord.say('two', { channel: '700' })
  for (let n = 0; n < 101; n += 1) discord.say(`talk ${n}`)
  discord.say('<@900> three')
  const heard = () => new Set(requests.map(({ text }) => text))
  await eventually(() => expect(heard()).toEqual(new Set(['one', 'two', 'three'])))
}, 20_000)

test('a connection that Discord does not take again is named with its remedy', async () => {
  const { discord, lines } = await openDiscord()
  discord.gateway.drop({ code: 4004 })
  await eventually(() => expect(lines.join('')).toContain('DISCORD_TOKEN is not taken by Discord'))
})

test('rate limits are waited for, and no post is lost', async () => {
  const { discord, platform, place } = await openDiscord()
  const limited = { message: 'limited', retry_after: 0.2, global: true }
  discord.fail({ method: 'POST', path: POSTS, how: 'before', status: 429, body: limited })
  await Promise.all(Array.from({ length: 7 }, (_, i) => platform.post(place, card(`post ${i}`), `${i}/card`)))
  expect(discord.messages()).toHaveLength(7)
})

test('commands are registered when they have changed, and only then', async () => {
  const { discord, make, platform, change } = await openDiscord()
  const puts = () => discord.calls.filter(({ method, path }) => method === 'PUT' && path.endsWith('commands'))
  await eventually(() => expect(puts()).toHaveLength(1))
  expect(discord.state.commands.get(GUILD)?.map(({ name }) => name)).toEqual(['errand', 'Run with Errand', 'brief'])
  change({ draft: '---\ndescription: Write the draft\n---\nGo' })
  await eventually(() => expect(puts()).toHaveLength(2))
  expect(discord.state.commands.get(GUILD)?.map(({ name }) => name)).toEqual(['errand', 'Run with Errand', 'draft'])
  await platform.stop()
  const next = make()
  await next.start(async () => {})
  await eventually(() =>
    expect(discord.calls.filter(({ path }) => path.endsWith('500/commands')).length).toBeGreaterThan(4),
  )
  await next.stop() // with what it was about to register
  expect(puts()).toHaveLength(2)
})

test('commands that Discord did not answer are registered later, and what it refuses is sent once', async () => {
  const { discord, make, lines, change } = await makeDiscord()
  const path = /guilds\/500\/commands/
  const puts = () => discord.calls.filter(call => call.method === 'PUT' && path.test(call.path))
  discord.fail({ method: 'PUT', path, how: 'before', status: 503, times: 4 })
  const platform = make()
  await platform.start(async () => {})
  onTestFinished(() => platform.stop())
  await eventually(() => expect(discord.state.commands.get(GUILD)).toHaveLength(3))
  discord.fail({ method: 'PUT', path, how: 'before', status: 400, body: { code: 50035, message: 'Invalid Form Body' } })
  const before = puts().length
  change({ draft: '---\ndescription: Write the draft\n---\nGo' })
  await eventually(() => expect(lines.join('')).toContain('Discord does not take the commands'))
  await new Promise(resolve => setTimeout(resolve, 2500)) // longer than between two looks
  expect(puts()).toHaveLength(before + 1)
  expect(lines.join('')).not.toContain('invite')
}, 30_000)

test('commands come to a server that the bot is invited to while it runs, and one that takes none stops nothing', async () => {
  const { discord, make, lines } = await makeDiscord()
  const path = /guilds\/500\/commands/
  discord.fail({ method: 'GET', path, how: 'before', status: 403, body: { code: 50001, message: 'Missing Access' } })
  const platform = make()
  await platform.start(async () => {})
  onTestFinished(() => platform.stop())
  await eventually(() => expect(lines.join('')).toContain('invite it anew'))
  expect(discord.state.commands.get(GUILD)).toBeUndefined()
  // Another server, in which the bot may register nothing.
  discord.gateway.send('GUILD_CREATE', { id: '501', name: 'Others', channels: [], threads: [], members: [], roles: [] })
  await eventually(() => expect(discord.state.commands.get(GUILD)).toHaveLength(3))
  const asked = () => discord.calls.filter(call => call.path.endsWith('guilds/501/commands')).length
  await eventually(() => expect(asked()).toBe(1))
  await new Promise(resolve => setTimeout(resolve, 2500)) // longer than between two looks
  expect(asked()).toBe(1)
}, 20_000)

test('files that a server does not take become links, and the answer stands', async () => {
  const { discord, platform, place } = await openDiscord()
  discord.fail({ method: 'POST', path: POSTS, how: 'before', status: 413 })
  const files = [{ name: 'big.zip', bytes: 9_000_000, text: 'x', link: 'https://x.example/files/abc' }]
  await platform.post(place, { step: 'result', text: 'word '.repeat(370), footer: 'done', files }, 'a/result')
  const [message] = discord.messages()
  expect(message?.attachments).toEqual([])
  expect(message?.content).toMatch(
    /^word .*\[big\.zip\]\(https:\/\/x\.example\/files\/abc\) \(9\.0 MB\)\. The link works for 7 days\.\n-# done/s,
  )
})

test('where the bot may attach no files any more, the answer stands with links', async () => {
  const { discord, platform, place } = await openDiscord()
  const room = discord.state.channels.get('600') ?? expect.fail('no room')
  room.denied = PermissionFlagsBits.AttachFiles
  const files = [{ name: 'a.md', bytes: 1, text: 'x', link: 'https://x.example/files/abc' }]
  await platform.post(place, { step: 'result', text: 'made', files }, 'a/result')
  expect(discord.messages()[0]).toMatchObject({
    content: expect.stringMatching(/^made\n\nNot posted here \(I may attach no files here any more\): \[a\.md\]/),
    attachments: [],
  })
  room.denied |= PermissionFlagsBits.SendMessages
  await expect(platform.post(place, { step: 'result', text: 'made', files }, 'b/result')).rejects.toThrow()
})

test('files are posted also where the HTTP client of Slack was loaded first', async () => {
  const global = globalThis as Record<symbol, unknown>
  const key = Symbol.for('undici.globalDispatcher.1') // where every copy of undici looks for what sends
  const before = global[key]
  onTestFinished(() => {
    global[key] = before
  })
  const ofSlack = createRequire(createRequire(import.meta.url).resolve('@slack/bolt'))
  const { Agent } = createRequire(ofSlack.resolve('@slack/socket-mode'))('undici')
  global[key] = new Agent()
  const { discord, platform, place } = await openDiscord()
  const files = [{ name: 'a.md', bytes: 1, text: 'x' }]
  await platform.post(place, { step: 'result', text: 'made', footer: 'done', files }, 'a/result')
  expect(discord.messages()[0]?.attachments).toMatchObject([{ filename: 'a.md' }])
})

test('in a server that is not named nobody is heard, and each is told so privately', async () => {
  const { discord, requests } = await openDiscord({ guildIds: ['501'] })
  const asked = discord.slash('brief', { topic: 'x' })
  await eventually(() => expect(discord.seen(asked)).toContain('I do not work in this server'))
  const typed = discord.suggest('errand run', 'instruction', '')
  await eventually(() => expect(typed.answered).toBe(8))
  expect(typed.data?.choices).toEqual([])
  discord.say('<@900> brief x')
  await eventually(() => expect(discord.messages('700')[0]?.content).toContain('I do not work in this server'))
  expect(discord.messages()).toHaveLength(1)
  discord.say('jobs', { channel: '700' })
  await eventually(() => expect(requests.map(({ text }) => text)).toEqual(['jobs']))
})

test('commands that an earlier start left in a server are taken away when it is named no more', async () => {
  const { discord, make } = await makeDiscord({ guildIds: [] })
  discord.state.commands.set(GUILD, [{ name: 'old', description: 'Old', type: 1 }])
  const platform = make()
  await platform.start(async () => {})
  onTestFinished(() => platform.stop())
  await eventually(() => expect(discord.state.commands.get(GUILD)).toEqual([]))
  expect(discord.state.commands.get('global')).toHaveLength(3)
})
