import { expect, onTestFinished, test } from 'vitest'
import type { Request } from '../../../src/bot/platform.ts'
import { UserError } from '../../../src/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { openDiscord } from './open-discord.ts'

test('nothing that is posted pings anybody or shows a preview', async () => {
  const { discord, platform, place, requests } = await openDiscord()
  const ref = await platform.post(place, { step: 'card', text: '@everyone https://example.com' }, 'a/card')
  await platform.edit(ref, { step: 'card', text: '@everyone again' })
  const asked = discord.slash('errand jobs')
  await eventually(() => expect(asked.answered).toBe(5))
  if (requests[0]) await platform.whisper(requests[0], '@here https://example.com')
  expect(discord.seen(asked)).toContain('@here')
  discord.say('<@900> jobs')
  await eventually(() => expect(requests).toHaveLength(2))
  if (requests[1]) await platform.whisper(requests[1], '@everyone no')
  const said = discord.calls.filter(({ body }) => typeof body.content === 'string')
  expect(said).toHaveLength(4)
  for (const { method, body } of said) {
    expect(body.allowed_mentions).toMatchObject({ parse: [] })
    if (method === 'POST') expect(Number(body.flags) & 4).toBe(4)
  }
})

test("what people wrote is no markup in the bot's own words, and an agent's answer is", async () => {
  const { discord, platform, place } = await openDiscord()
  const evil = '[Sign in](https://evil.example) **now** discord.gg/abc'
  const text = '`brief · [x](https://evil.example)` — failed'
  for (const step of ['card', 'result'] as const) {
    const message = { step, text, detail: `: ${evil}`, footer: `asked by ${evil} · \`errand log x\`` }
    await platform.edit(await platform.post(place, message, step), message)
  }
  const [card, result] = discord.messages().map(({ content }) => content.replaceAll(/[\u200b\u200c]/g, ''))
  const quiet = '\n-# asked by \\[Sign in](https://evil.example) \\*\\*now\\*\\* discord.gg/abc · `/errand log x`'
  const literal = ': \\[Sign in](https://evil.example) \\*\\*now\\*\\* discord.gg/abc'
  expect(card).toBe(text + literal + quiet)
  expect(result).toBe(`${text}: ${evil}${quiet}`)
})

test('what one person is told is no markup either, and its links and code stay', async () => {
  const { discord, platform, requests } = await openDiscord()
  const asked = discord.slash('errand jobs')
  discord.say('<@900> jobs')
  await eventually(() => expect(requests).toHaveLength(2))
  const link = 'https://errand.example/login/a_b__c-_d_'
  const text = `1 s · text · [Sign in](https://evil.example) **now** my_long_name in \`a_b_c\`: ${link}`
  const seen = `1 s · text · \\[Sign in](https://evil.example) \\*\\*now\\*\\* my\\_long\\_name in \`a_b_c\`: ${link}`
  for (const request of requests) await platform.whisper(request, text)
  await platform.whisper({ ...requests[0], key: 'old' } as Request, text)
  expect(discord.seen(asked)).toBe(`errand: ${seen}`)
  expect([discord.messages()[1]?.content, discord.messages('700')[0]?.content]).toEqual([seen, seen])
})

test('a channel that the bot names is drawn with its name', async () => {
  const { discord, platform, place } = await openDiscord()
  await platform.post(place, { step: 'note', text: 'It would run in `channel:discord:601`.' }, 'a/note')
  expect(discord.text()).toBe('errand: It would run in <#601>.')
})

test('a long text fits with its footer, and keeps its mark', async () => {
  const { discord, platform, place } = await openDiscord()
  const footer = `${'a'.repeat(90)}\n${'b'.repeat(90)}`
  const text = 'x'.repeat(platform.limits.messageChars - footer.length - 1)
  const ref = await platform.post(place, { step: 'result', text, footer }, 'a/result')
  const [message] = discord.messages()
  expect(message?.content).toContain(`\n-# ${'b'.repeat(90)}`)
  expect(await platform.find(place, 'a/result')).toBe(ref)
})

test('a person whose interaction is gone with an earlier process is written to directly', async () => {
  const { discord, platform } = await openDiscord()
  const kept: Request = {
    ...{ key: 'old', text: 'brief', actor: 'user:discord:101', actorName: 'Ann', place: 'channel:discord:600' },
    ...{ thread: null, files: [] },
  }
  await platform.whisper(kept, 'I was restarted.')
  expect(discord.messages('700').map(({ content }) => content)).toEqual(['I was restarted.'])
})

test('a person is written to alone, and one who takes no direct messages is no fault that passes', async () => {
  const { discord, platform } = await openDiscord()
  const ann = { place: 'user:discord:101', thread: null }
  const word = { step: 'note' as const, text: 'Claude refused the account.' }
  const ref = await platform.post(ann, word, 'admins/ann/1')
  expect(discord.messages('700').map(({ content }) => content)).toEqual([expect.stringContaining(word.text)])
  expect(await platform.find(ann, 'admins/ann/1')).toBe(ref)
  const channel = discord.state.channels.get('700')
  if (channel) channel.denied = 1n << 11n
  const refused = platform.post(ann, word, 'admins/ann/2')
  await expect(refused).rejects.toThrow(new UserError('Discord user 101 takes no direct messages from me.'))
})

test('a thread is started once, also for posts at the same time and for one that an earlier process began', async () => {
  const { discord, platform, place, make } = await openDiscord()
  const card = await platform.post(place, { step: 'card', text: '`brief · x` — running' }, 'a/card')
  const thread = { ...place, thread: card }
  const note = (text: string) => ({ step: 'note' as const, text })
  await Promise.all(['one', 'two'].map(text => platform.post(thread, note(text), text)))
  await platform.stop()
  const next = make()
  await next.start(async () => {})
  onTestFinished(() => next.stop())
  await next.post(thread, note('three'), 'three')
  expect(discord.calls.filter(({ path }) => path.endsWith('/threads'))).toHaveLength(1)
  expect(discord.messages(card.split('/')[1])).toHaveLength(3)
})

test('one answer that is described is a button like the others, in its place', async () => {
  const { discord, platform, place } = await openDiscord()
  const actions = [
    { label: 'Approve', command: 'approve q1' },
    { label: 'Approve for this job', command: 'approve q1 --job', description: 'Bash for the rest of this job' },
    { label: 'Deny', command: 'deny q1' },
  ]
  await platform.post(place, { step: 'question', text: 'May I?', actions }, 'a/q')
  expect(discord.text()).toBe('errand: May I?\n[Approve] [Approve for this job] [Deny]')
})
