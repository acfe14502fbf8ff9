import { expect, onTestFinished, test } from 'vitest'
import type { Platform, PostRef } from '../../../src/bot/platform.ts'
import { channelJson, GUILD } from '../../support/discord/state.ts'
import type { DiscordServer } from '../../support/discord-server.ts'
import { eventually } from '../../support/eventually.ts'
import { makeDiscord, openDiscord } from './open-discord.ts'

const card = { step: 'card' as const, text: '`brief · x` — running' }
const result = { step: 'result' as const, text: 'Here.' }
const POSTS = /channels\/\d+\/messages$/
const said = (discord: DiscordServer, channel?: string) =>
  discord.messages(channel).map(({ content }) => content.replaceAll(/[\u200b\u200c]/g, ''))

/** A card with its thread, in a channel where the bot is no moderator. */
async function withThread() {
  const { discord, make } = await makeDiscord()
  const room = discord.state.channels.get('600')
  if (room) room.denied = 1n << 34n
  const platform = make()
  await platform.start(async () => {})
  onTestFinished(() => platform.stop())
  const place = { place: 'channel:discord:600', thread: null }
  const ref = await platform.post(place, card, 'a/card')
  const thread = { ...place, thread: ref }
  const progress = await platform.post(thread, { step: 'progress', text: 'reading' }, 'a/progress')
  return { discord, platform, place, ref, thread, progress, id: ref.split('/')[1] ?? '' }
}

/** Takes a channel or a thread away, as somebody deletes it. */
async function remove(discord: DiscordServer, platform: Platform, id: string, event: string, gone: PostRef) {
  const channel = discord.state.channels.get(id)
  if (!channel) throw new Error('no channel')
  discord.state.channels.delete(id)
  for (const message of discord.messages(id)) discord.state.messages.delete(message.id)
  discord.gateway.send(event, channelJson(channel))
  await platform.edit(gone, card) // whether it was heard of or not: what is gone is let go
}

test('the answer of a job whose thread was deleted comes, in a new thread or else below its card', async () => {
  for (const isForbidden of [false, true]) {
    const { discord, platform, thread, id, progress } = await withThread()
    await remove(discord, platform, id, 'THREAD_DELETE', progress)
    const body = { code: 160004, message: 'A thread has already been created for this message' }
    if (isForbidden) discord.fail({ method: 'POST', path: /threads$/, how: 'before', status: 400, body, times: 2 })
    const ref = await platform.post(thread, result, 'a/result')
    expect(said(discord, isForbidden ? '600' : id)).toContain('Here.')
    expect(await platform.find(thread, 'a/result')).toBe(ref)
  }
})

test('below a card whose thread was locked its channel has the answer, and what stands in the thread is let go', async () => {
  const { discord, platform, thread, id, progress } = await withThread()
  const channel = discord.state.channels.get(id)
  if (!channel?.thread_metadata) throw new Error('no thread')
  Object.assign(channel.thread_metadata, { archived: true, locked: true })
  discord.gateway.send('THREAD_UPDATE', channelJson(channel))
  await eventually(async () => {
    const ref = await platform.post(thread, result, 'a/result')
    expect(said(discord)).toEqual(['`brief · x` — running', 'Here.'])
    expect(await platform.find(thread, 'a/result')).toBe(ref)
  })
  await platform.edit(progress, { step: 'progress', text: 'written' })
  expect(channel.thread_metadata).toMatchObject({ archived: true })
})

test('below a card in whose thread the bot may write no more its channel has the answer', async () => {
  const { discord, platform, thread, id } = await withThread()
  const room = discord.state.channels.get('600')
  if (!room) throw new Error('no channel')
  room.denied |= 1n << 38n
  discord.gateway.send('CHANNEL_UPDATE', channelJson(room))
  await eventually(async () => {
    const ref = await platform.post(thread, { ...result, files: [{ name: 'a.md', bytes: 1, text: 'x' }] }, 'a/result')
    expect(await platform.find(thread, 'a/result')).toBe(ref)
  })
  expect(said(discord)).toEqual(['`brief · x` — running', 'Here.'])
  expect(said(discord, id)).toEqual(['reading'])
})

test('what belongs to a thread of others is never said outside of it', async () => {
  const { discord, platform, place } = await withThread()
  const talk = discord.say('Among us')
  const archive_timestamp = '2026-11-21T10:00:00Z'
  discord.state.channels.set(talk.id, {
    ...{ id: talk.id, type: 12, name: 'talk', guild_id: GUILD, parent_id: '600', last_message_id: null, denied: 0n },
    thread_metadata: { archived: true, locked: true, auto_archive_duration: 60, archive_timestamp },
  })
  const thread = { ...place, thread: `600/${talk.id}` }
  await expect(platform.post(thread, result, 'b/result')).rejects.toThrow('locked')
  expect(said(discord)).not.toContain('Here.')
})

test('when a channel has as many threads as it may, the answer stands in the channel', async () => {
  const { discord, platform, place } = await openDiscord()
  const ref = await platform.post(place, card, 'a/card')
  const body = { code: 160006, message: 'Maximum number of active threads reached' }
  discord.fail({ method: 'POST', path: /threads$/, how: 'before', status: 400, body })
  await platform.post({ ...place, thread: ref }, result, 'a/result')
  expect(said(discord)).toContain('Here.')
})

test('in a forum its posts are the threads', async () => {
  const { discord, make } = await makeDiscord()
  const room = { guild_id: GUILD, last_message_id: null, denied: 0n }
  discord.state.channels.set('610', { ...room, id: '610', type: 15, name: 'ideas' })
  const thread_metadata = {
    archived: false,
    locked: false,
    auto_archive_duration: 60,
    archive_timestamp: '2026-11-21T10:00:00Z',
  }
  discord.state.channels.set('611', { ...room, id: '611', type: 11, name: 'Tyres', parent_id: '610', thread_metadata })
  const platform = make()
  const places: unknown[] = []
  await platform.start(async ({ place, thread }) => void places.push({ place, thread }))
  onTestFinished(() => platform.stop())
  discord.say('<@900> jobs', { channel: '611' })
  await eventually(() => expect(places).toEqual([{ place: 'channel:discord:610', thread: '610/611' }]))
  await platform.post({ place: 'channel:discord:610', thread: '610/611' }, card, 'a/card')
  expect(said(discord, '611')).toContain('`brief · x` — running')
})

test('of a channel that is deleted, or a server that the bot is sent away from, what stands there is let go', async () => {
  const { discord, platform, place, thread, ref, progress } = await withThread()
  await remove(discord, platform, '600', 'CHANNEL_DELETE', ref)
  await platform.edit(progress, { step: 'progress', text: 'written' })
  await expect(platform.post(thread, result, 'a/result')).rejects.toThrow('Unknown Channel')
  const other = await withThread()
  for (const channel of other.discord.state.channels.values()) channel.denied = (1n << 50n) - 1n
  other.discord.gateway.send('GUILD_DELETE', { id: GUILD })
  await other.platform.edit(other.ref, card)
  await expect(other.platform.post(place, card, 'b/card')).rejects.toThrow()
})

test('a pause in the middle of posts with files is kept, and each is made once, in its order', async () => {
  const { discord, platform, place } = await openDiscord()
  const body = { message: 'limited', retry_after: 0.2 }
  discord.fail({ method: 'POST', path: POSTS, how: 'before', status: 429, body, times: 2 })
  const files = [{ name: 'a.md', bytes: 1, text: 'x' }]
  for (const part of ['one', 'two', 'three']) await platform.post(place, { step: 'result', text: part, files }, part)
  expect(said(discord)).toEqual(['one', 'two', 'three'])
  expect(discord.messages().map(({ attachments }) => attachments.length)).toEqual([1, 1, 1])
})
