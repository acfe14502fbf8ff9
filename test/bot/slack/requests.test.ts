import { describe, expect, onTestFinished, test } from 'vitest'
import type { Request } from '../../../src/bot/platform.ts'
import { parseInstruction } from '../../../src/engine/instructions/parse.ts'
import { UserError } from '../../../src/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { eventOf, makeSlack, openForm, overHttp, type SlackGiven } from '../../support/slack-world.ts'

const SOURCE = `---
description: Write a content brief
inputs:
  topic: { type: text, required: true, description: What it is about }
  notes: { type: text, multiline: true }
  tone: { type: choice, options: [plain, formal], default: plain }
  words: { type: integer, min: 100, max: 5000, default: 800 }
  share: { type: number }
  due: { type: date }
  site: { type: url }
  publish: { type: boolean, default: false }
  sources: { type: file, max: 3 }
---
Go {{topic}}`
const parsed = parseInstruction('brief', SOURCE)
if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes))
const { instruction } = parsed
const instructions = () => ({ byName: new Map([['brief', instruction]]), mistakes: [], mcpServers: new Map() })

async function startOver(transport: SlackGiven, options: SlackGiven = {}, refuse?: string) {
  const world = await makeSlack({ instructions, ...transport, ...options })
  const requests: Request[] = []
  const seen = new Set<string>()
  const platform = world.make()
  await platform.start(async request => {
    if (refuse) throw new UserError(refuse)
    if (!seen.has(request.key)) requests.push(request)
    seen.add(request.key)
  })
  onTestFinished(() => platform.stop())
  const only = () => {
    expect(requests).toHaveLength(1)
    return requests[0] as Request
  }
  return { ...world, platform, requests, only }
}

/** Whether Slack lets this request in; a request that nobody asked about fails the test. */
async function admitted({ admit }: Request): Promise<void> {
  if (!admit) throw new Error('the request came without its question about who asks')
  await admit()
}

const form = (values: Record<string, unknown>, problems: { field: string; message: string }[] = []) => ({
  ...{ instruction: 'brief', title: 'Write a content brief', inputs: instruction.inputs, values, problems },
})

describe.each([
  ['Socket Mode', {}],
  ['HTTP', overHttp],
])('over %s', (_, transport) => {
  const start = (...how: [SlackGiven?, string?]) => startOver(transport, ...how)

  test('what Slack makes of links, mentions and signs is as it was typed', async () => {
    const { ann, only } = await start()
    await ann.command(
      'brief “Winter &amp; tyres” site=<https://example.com/a?b=1&amp;c=2|example.com> for <@U1|ben> &lt;b&gt;',
    )
    expect(only().text).toBe('brief “Winter & tyres” site=https://example.com/a?b=1&c=2 for @ben <b>')
  })

  test('a command of an instruction is that instruction', async () => {
    const { ann, only } = await start()
    await ann.command('Winter tyres', { command: '/brief' })
    expect(only().text).toBe('brief Winter tyres')
  })

  test('a mention and its twin, sent again and at once, are one request', async () => {
    const { ann, server, only } = await start()
    const ts = '1763700000.000100'
    const event = { user: server.ann, channel: server.channel, ts, text: `<@${server.bot}> jobs` }
    await Promise.all([
      ann.mention('jobs', { ts }),
      ann.mention('jobs', { ts }),
      server.deliver('events_api', eventOf({ ...event, type: 'message', channel_type: 'im' })),
    ])
    expect(only()).toMatchObject({ text: 'jobs', actorName: 'ann', thread: null })
  })

  test('a mention in a thread stays there, and its files can be read', async () => {
    const { ann, server, only } = await start()
    const got = (await server.api('files.getUploadURLExternal', { filename: 'notes.md', length: 5 })) as {
      upload_url: string
      file_id: string
    }
    await fetch(got.upload_url, { method: 'POST', body: 'hello' })
    const done = await server.api('files.completeUploadExternal', {
      files: [{ id: got.file_id }],
      channel_id: server.channel,
    })
    await ann.mention('brief tyres', { thread_ts: '1763700000.000100', files: done.files })
    const { thread, files } = only()
    expect(thread).toBe(`${server.channel}/1763700000.000100`)
    expect(await files[0]?.open().setEncoding('utf8').toArray()).toEqual(['hello'])
  })

  test('what is said in a thread and to all at once is heard in the thread', async () => {
    const { ann, only } = await start()
    await ann.mention('make it shorter', { thread_ts: '1763700000.000100', subtype: 'thread_broadcast' })
    expect(only()).toMatchObject({ text: 'make it shorter', thread: expect.stringContaining('/1763700000.000100') })
  })

  test('a file elsewhere than at Slack is not fetched, and the token goes nowhere else', async () => {
    const { ann, server, requests } = await start()
    const elsewhere = [
      { id: 'F1', name: 'a.md', url_private: 'https://evil.example/a.md' },
      { id: 'F2', name: 'b.md', is_external: true, url_private: `${server.apiUrl}b.md` },
      { id: 'F3', name: 'c.md', size: 999_000_000, url_private: `${server.apiUrl}c.md` },
      { id: 'F4', name: 'd.md', url_private: new URL('/files-pri/gone/d.md', server.apiUrl).href }, // deleted by now
    ]
    await ann.mention('brief tyres', { files: elsewhere })
    const read = (requests[0]?.files ?? []).map(file =>
      file
        .open()
        .toArray()
        .catch((error: Error) => error.message),
    )
    expect(await Promise.all(read)).toEqual([
      expect.stringContaining('`a.md` does not lie at Slack'),
      expect.stringContaining('`b.md` does not lie at Slack'),
      expect.stringContaining('`c.md` is larger than'),
      expect.stringMatching(/^Slack did not give me `d.md` \(.*\)\. Attach it again\.$/),
    ])
  })

  test('other bots, edits and the talk of others are not heard', async () => {
    const { ann, server, requests } = await start()
    await ann.mention('jobs', { bot_id: 'B9', user: 'U9' })
    await ann.mention('jobs', { subtype: 'message_changed' })
    const message = {
      type: 'message',
      channel_type: 'channel',
      user: server.ann,
      channel: server.channel,
      ts: '1.1',
      text: 'hi',
    }
    await server.deliver('events_api', eventOf(message))
    expect(requests).toEqual([])
  })

  test('what was not kept is not acknowledged when it is an event, and told when it is a command', async () => {
    const { ann, server } = await start({}, 'I am stopping; nothing was started.')
    const ts = '1763700000.000100'
    const event = eventOf({
      type: 'app_mention',
      user: server.ann,
      channel: server.channel,
      ts,
      text: `<@${server.bot}> jobs`,
    })
    expect((await server.deliver('events_api', event, 300)).acked).toBe(false)
    expect((await ann.command('jobs')).payload).toMatchObject({ text: 'I am stopping; nothing was started.' })
  })

  test('a form has a field for every type, with what is known, and comes back as a request', async () => {
    const { ann, server, only, requests } = await start()
    await ann.command('brief words=200')
    await only().openForm?.(form({ words: '200', notes: 'a\nb', sources: 'job:4x7k2m9q/brief.md' }))
    const fields = Object.fromEntries(
      openForm(server).blocks.flatMap(({ block_id, element }) => (block_id ? [[block_id, element]] : [])),
    )
    expect(fields).toMatchObject({
      topic: { type: 'plain_text_input', multiline: false, max_length: 3000 },
      notes: { multiline: true, initial_value: 'a\nb' },
      tone: { type: 'static_select', initial_option: { value: 'plain' } },
      words: { type: 'number_input', min_value: '100', max_value: '5000', initial_value: '200' },
      share: { type: 'number_input', is_decimal_allowed: true },
      due: { type: 'datepicker' },
      site: { type: 'url_text_input' },
      publish: { type: 'radio_buttons', initial_option: { value: 'no' } },
      sources: { type: 'file_input', max_files: 3 },
    })
    const wrong = await ann.submit({ words: { value: '7' }, tone: { selected_option: { value: 'plain' } } })
    expect(wrong.payload).toEqual({
      response_action: 'errors',
      errors: {
        topic: '`topic` is required: what it is about.',
        words: '`words` must be a whole number from 100 to 5000; you gave `7`.',
      },
    })
    await ann.submit({
      topic: { value: 'Winter tyres' },
      due: { selected_date: '2026-12-01' },
      words: { value: '300' },
    })
    expect(requests[1]).toMatchObject({
      text: 'brief',
      place: `channel:slack:${server.channel}`,
      values: { topic: 'Winter tyres', due: '2026-12-01', words: '300', sources: 'job:4x7k2m9q/brief.md' },
    })
  })

  test('a form whose time is over says so', async () => {
    const { ann, only } = await start()
    await ann.command('brief')
    await only().openForm?.(form({}))
    await expect(only().openForm?.(form({}))).rejects.toThrow(/did not open .*nothing was started/)
  })

  test('a button that asks opens a form, and what was given follows its command in quotes', async () => {
    const { ann, server, platform, requests, shown } = await start()
    const target = { place: `channel:slack:${server.channel}`, thread: null }
    const options = [
      { label: 'People at home', description: 'B2C' },
      { label: 'Firms', description: 'B2B' },
    ]
    const actions = [{ label: 'Answer', command: 'answer q1', input: { label: 'Why?' }, options }]
    await platform.post(target, { step: 'question', text: 'Which **audience**?', actions }, 'q1')
    server.faults.push({ method: 'views.open', when: 'before', how: { error: 'expired_trigger_id' } })
    await ann.press('Answer')
    const words = '(only you) The form did not open (expired_trigger_id); nothing was started. Try again.'
    await eventually(() => expect(shown()).toContain(words))
    await ann.press('Answer')
    await eventually(() => openForm(server))
    await ann.submit({ options: { selected_options: [{ value: 'People at home' }] }, text: { value: 'they "buy"' } })
    expect(requests.map(({ text }) => text)).toEqual(['answer q1 "People at home" "they \\"buy\\""'])
  })

  test('what a button means is said once: in the post, or else above the buttons', async () => {
    const { server, platform, shown } = await start()
    const target = { place: `channel:slack:${server.channel}`, thread: null }
    const actions = ['Firms', 'Both'].map(label => ({ label, command: 'answer q1', description: `only ${label}` }))
    await platform.post(target, { step: 'question', text: 'Who?\n- Firms — only Firms', actions }, 'q1')
    expect(shown()).toBe('Who?\n- Firms — only Firms\nBoth — only Both\n[Firms] [Both]')
  })

  test('a person of the workspace is admitted, and looked up once', async () => {
    const { ann, server, only } = await start()
    await ann.command('jobs')
    await expect(admitted(only())).resolves.toBeUndefined()
    expect(server.calls.filter(({ method }) => method === 'users.info')).toHaveLength(1)
  })

  test.each([
    ['guests of this workspace', { is_restricted: true }],
    ['people of other workspaces', { team_id: 'T0OTHER' }],
    ['other bots', { is_bot: true }],
  ])('%s are refused in one sentence, unless named', async (words, user) => {
    const { ann, server, only } = await start()
    server.patches.push({ method: 'users.info', user })
    await ann.command('jobs')
    await expect(admitted(only())).rejects.toEqual(
      new UserError(`I do not work for ${words}; the people who run this server can name you as one I do.`),
    )
    const named = await start({ adminUsers: [`user:slack:${server.ann}`] })
    named.server.patches.push({ method: 'users.info', user })
    await named.ann.command('jobs', { user_id: server.ann })
    await expect(admitted(named.only())).resolves.toBeUndefined()
  })

  test('where the bot is not, the person is told privately what to type', async () => {
    const { ann, server, platform, requests, shown } = await start()
    const made = (await server.api('conversations.create', { name: 'secret', is_private: true }, 'xoxp-admin')) as {
      channel: { id: string }
    }
    await ann.command('brief tyres', { channel_id: made.channel.id })
    const why = await requests[0]?.mayPost?.().catch((error: Error) => error.message)
    expect(why).toBe('I am not in this channel yet. Type `/invite @errand` there and try again; nothing was started.')
    if (requests[0]) await platform.whisper(requests[0], String(why))
    await eventually(() => expect(shown()).toContain('(only you) I am not in this channel yet.'))
  })

  test('a channel that a command names is found where the person and the bot may write', async () => {
    const { ann, server, requests } = await start()
    const create = async (name: string, is_private: boolean, users: string) => {
      const made = (await server.api('conversations.create', { name, is_private }, 'xoxp-admin')) as {
        channel: { id: string }
      }
      if (users) await server.api('conversations.invite', { channel: made.channel.id, users }, 'xoxp-admin')
      return made.channel.id
    }
    const news = await create('news', false, 'U0BOT')
    const [mine, theirs] = [await create('mine', true, `${server.ann},U0BOT`), await create('theirs', true, 'U0BOT')]
    const lonely = await create('lonely', false, '')
    await ann.command(`schedule add @daily brief tyres in <#${news}|news> <#${mine}|> <#${lonely}|lonely>`)
    const [request] = requests
    expect(request?.text).toBe(`schedule add @daily brief tyres in #news #${mine} #lonely`)
    expect(await request?.findPlace?.('#news')).toBe(`channel:slack:${news}`)
    expect(await request?.findPlace?.(`channel:slack:${news}`)).toBe(`channel:slack:${news}`)
    expect(await request?.findPlace?.(`#${mine}`)).toBe(`channel:slack:${mine}`)
    for (const name of [`channel:slack:${theirs}`, '#theirs', 'C0NOWHERE'])
      await expect(request?.findPlace?.(name)).rejects.toThrow(`I know no channel \`${name}\` that you are in`)
    await expect(request?.findPlace?.('#lonely')).rejects.toThrow('I am not in #lonely yet')
  })

  test('a message becomes the inputs of an instruction that a person chooses', async () => {
    const { ann, server, only, shown } = await start()
    const root = (await server.api('chat.postMessage', { channel: server.channel, text: 'Tyres &amp; rims' })) as {
      ts: string
    }
    await server.api('chat.postMessage', { channel: server.channel, text: 'and wheels', thread_ts: root.ts })
    const files = [{ id: 'F1', name: 'notes.md' }]
    server.faults.push({ method: 'views.open', when: 'before', how: { error: 'expired_trigger_id' } })
    for (const _ of ['too late', 'again'])
      await ann.shortcut({ ts: root.ts, thread_ts: root.ts, text: 'Tyres &amp; rims', files })
    await eventually(() => expect(shown()).toContain('(only you) The form did not open (expired_trigger_id)'))
    await eventually(() => openForm(server))
    const next = await ann.submit({ instruction: { selected_option: { value: 'brief' } } })
    const { view } = next.payload as {
      view: { blocks: { block_id?: string; hint?: { text: string } }[]; private_metadata: string }
    }
    const block = (id: string) => view.blocks.find(({ block_id }) => block_id === id)
    expect(block('topic')).toMatchObject({ element: { initial_value: 'Tyres & rims' } })
    expect(block('sources')?.hint?.text).toContain('kept unless you upload: thread.md, notes.md')

    const state = { values: { topic: { value: { value: 'Tyres' } } } }
    const sent = { id: 'V1', callback_id: 'form', private_metadata: view.private_metadata, state }
    await server.deliver('interactive', {
      type: 'view_submission',
      user: { id: server.ann, name: 'ann' },
      team: { id: 'T' },
      view: sent,
    })
    expect(only()).toMatchObject({ text: 'brief', thread: `${server.channel}/${root.ts}` })
    const uploads = only().values?.sources as { name: string; open(): NodeJS.ReadableStream }[]
    expect(uploads.map(({ name }) => name)).toEqual(['thread.md', 'notes.md'])
    let text = ''
    for await (const chunk of uploads[0]?.open() ?? []) text += String(chunk)
    expect(text).toMatch(/Tyres & rims.*and wheels/s)
  })
})
