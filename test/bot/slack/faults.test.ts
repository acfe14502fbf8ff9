import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../../src/bot/bot.ts'
import type { Request, Target } from '../../../src/bot/platform.ts'
import type { SlackOptions } from '../../../src/bot/slack/slack.ts'
import { systemClock } from '../../../src/clock.ts'
import { type Db, openDatabase } from '../../../src/db/connect.ts'
import { takeInbound } from '../../../src/db/inbound.ts'
import { createFakeEngine } from '../../fakes/engine.ts'
import { createFakeLog } from '../../fakes/log.ts'
import { eventually } from '../../support/eventually.ts'
import { blocksRefusal } from '../../support/slack-fields.ts'
import { makeSlack } from '../../support/slack-world.ts'
import { INSTRUCTIONS } from '../brief.ts'

async function start() {
  const world = await makeSlack()
  const { server } = world
  const requests: Request[] = []
  const platform = world.make()
  await platform.start(async request => void requests.push(request))
  onTestFinished(() => platform.stop())
  const target: Target = { place: `channel:slack:${server.channel}`, thread: null }
  /** What stands in the channel and its threads, files included. */
  const standing = async () => {
    const { messages } = (await server.api('conversations.history', { channel: server.channel })) as {
      messages: { ts: string; user: string }[]
    }
    const threads = messages.map(({ ts }) => server.api('conversations.replies', { channel: server.channel, ts }))
    const all = (await Promise.all(threads)).flatMap(
      thread => thread.messages as { user: string; blocks?: unknown; files?: { name: string }[] }[],
    )
    return all.filter(({ user }) => user === server.bot).map(({ files }) => files?.map(({ name }) => name) ?? 'post')
  }
  const methods = () => server.calls.map(({ method }) => method)
  return { ...world, platform, requests, target, standing, methods }
}

/** The bot with its outbox, on an engine that a test drives. */
async function startBot(
  given: { db?: Db; options?: Partial<SlackOptions>; world?: Awaited<ReturnType<typeof makeSlack>> } = {},
) {
  const world = given.world ?? (await makeSlack(given.options))
  const db = given.db ?? (await openDatabase('sqlite::memory:'))
  const engine = createFakeEngine({ db, clock: systemClock, instructions: INSTRUCTIONS })
  const { log, lines } = createFakeLog()
  const platform = world.make()
  const redact = (text: string) => text.replaceAll('hunter2', '[secret]')
  const bot = createBot({ engine, owner: 'test', db, platforms: [platform], clock: systemClock, log, redact })
  await bot.start()
  onTestFinished(async () => {
    await bot.stop()
    await db.destroy()
  })
  return { ...world, engine, bot, lines }
}

const ADMIN = 'xoxp-admin'
const END = { status: 'succeeded' as const, result: 'Fine.', finishedAt: '2026-11-21T10:00:01.000Z' }
const file = (name: string) => ({ name, bytes: 5, text: 'hello' })

test('a person is written to alone, and the post is found there', async () => {
  const { platform, server, methods } = await start()
  const ann: Target = { place: `user:slack:${server.ann}`, thread: null }
  const ref = await platform.post(ann, { step: 'note', text: 'Claude refused the account.' }, 'admins/ann/1')
  expect(ref.startsWith('D')).toBe(true)
  expect(await platform.find(ann, 'admins/ann/1')).toBe(ref)
  expect(methods()).toContain('conversations.open')
})

for (const how of [500, 'drop'] as const) {
  test(`a post whose answer is lost (${how}) is found, and not made twice`, async () => {
    const { server, platform, target, standing } = await start()
    server.faults.push({ method: 'chat.postMessage', when: 'after', how })
    await expect(platform.post(target, { step: 'card', text: 'hello' }, 'a/card')).rejects.toThrow()
    expect(await platform.find(target, 'a/card')).toMatch(/^C/)
    expect(await standing()).toEqual(['post'])
  })

  test(`files whose sharing has a lost answer (${how}) are there once`, async () => {
    const { server, platform, target, standing } = await start()
    server.faults.push({ method: 'files.completeUploadExternal', when: 'after', how })
    await platform.post(target, { step: 'result', text: 'Done.', files: [file('a.md'), file('b.md')] }, 'a/result')
    expect(await standing()).toEqual(['post', ['a.md', 'b.md']])
  })

  test(`files that were not shared (${how}) are shared when their post is looked for`, async () => {
    const { server, platform, target, standing } = await start()
    server.faults.push({ method: 'files.completeUploadExternal', when: 'before', how })
    const files = [file('a.md')]
    await expect(platform.post(target, { step: 'result', text: 'Done.', files }, 'a/result')).rejects.toThrow()
    expect(await standing()).toEqual(['post'])
    expect(await platform.find(target, 'a/result')).not.toBeNull()
    expect(await platform.find(target, 'a/result')).not.toBeNull()
    expect(await standing()).toEqual(['post', ['a.md']])
  })
}

test('files that Slack refuses are told, and the answer stands', async () => {
  const { server, platform, target, shown } = await start()
  server.faults.push({ method: 'files.completeUploadExternal', when: 'before', how: { error: 'restricted_action' } })
  const files = [file('a.md'), file('<!channel> b.md')]
  await platform.post(target, { step: 'result', text: 'Done.', files }, 'a/result')
  expect(shown()).toContain('Done.')
  expect(server.calls.at(-1)?.args).toMatchObject({
    text: 'Not posted here, since Slack refused with restricted_action: a.md, &lt;\u2060!channel&gt; b.md. `errand files`, with the id on the card, says where they are.',
    unfurl_links: 'false',
  })
  // So are those that a restart finds unshared.
  server.faults.push({ method: 'files.completeUploadExternal', when: 'before', how: { error: 'restricted_action' } })
  const before = server.calls.length
  await platform.find(target, 'a/result')
  expect(String(server.calls.slice(before).at(-1)?.args.text)).toContain('a.md, ')
})

test('a pause that Slack asks for holds up its own method in its own channel', async () => {
  const { server, platform, target } = await start()
  const ref = await platform.post(target, { step: 'card', text: 'one' }, 'a/card')
  server.faults.push({ method: 'chat.update', when: 'before', how: { limit: 1 } })
  const begun = performance.now()
  const edited = platform.edit(ref, { step: 'card', text: 'two' }).then(() => performance.now() - begun)
  const posted = platform.post(target, { step: 'card', text: 'other' }, 'b/card')
  expect(await Promise.race([edited, posted.then(() => 'posted')])).toBe('posted')
  expect(await edited).toBeGreaterThanOrEqual(990)
  expect(server.calls.filter(({ method, answer }) => method === 'chat.update' && answer?.ok)).toHaveLength(1)
})

test.each(['files.getUploadURLExternal', 'chat.postMessage', 'files.completeUploadExternal'])(
  'a pause that Slack asks for at %s, in the middle of an answer with files, loses and doubles nothing',
  async method => {
    const { server, platform, target, standing } = await start()
    server.faults.push({ method, when: 'before', how: { limit: 0 } })
    await platform.post(target, { step: 'result', text: 'Done.', files: [file('a.md'), file('b.md')] }, 'a/result')
    expect(await standing()).toEqual(['post', ['a.md', 'b.md']])
    expect(server.faults).toEqual([])
  },
)

for (const how of ['refresh', 'cut'] as const) {
  test(`a socket that ends (${how}) is taken up at once`, async () => {
    const { server, ann, requests, methods } = await start()
    server.dropSockets(how)
    const opened = () => methods().filter(method => method === 'apps.connections.open').length
    await eventually(() => expect([opened(), server.sockets()]).toEqual([2, 1]))
    expect((await ann.mention('jobs')).acked).toBe(true)
    expect(requests.map(({ text }) => text)).toContain('jobs')
  })
}

test.each(['refresh', 'cut'] as const)('a socket that ends (%s) in a job costs the job nothing', async how => {
  const { server, ann, engine, bot, shown } = await startBot()
  await ann.command('brief Winter tyres')
  await eventually(() => expect(shown()).toContain('[Cancel]'))
  server.dropSockets(how)
  await engine.change('test0001', { status: 'running', startedAt: '2026-11-21T10:00:00.000Z' })
  await eventually(() => expect(shown()).toContain('running'))
  await eventually(() => expect(server.sockets()).toBe(1))
  expect((await ann.press('Cancel')).acked).toBe(true)
  await bot.settled()
  expect(shown()).toMatch(/cancelled by ann/i)
})

test('work shows under its thread, until Slack refuses that once', async () => {
  const { server, platform, target, methods } = await start()
  const thread = await platform.post(target, { step: 'card', text: 'hello' }, 'a/card')
  const asked = () => methods().filter(method => method === 'assistant.threads.setStatus').length
  await platform.working?.(target)
  await platform.working?.({ place: 'channel:slack:D1', thread })
  expect(asked()).toBe(0)
  await platform.working?.({ ...target, thread })
  expect(server.calls.at(-1)?.args).toMatchObject({ thread_ts: thread.split('/')[1], status: 'is working…' })
  server.faults.push({ method: 'assistant.threads.setStatus', when: 'before', how: { error: 'missing_scope' } })
  for (let i = 0; i < 3; i += 1) await platform.working?.({ ...target, thread })
  expect(asked()).toBe(2)
})

test('what a person or a model writes calls nobody and unfurls nothing', async () => {
  const { server, platform, target, shown } = await start()
  const evil = 'Hi @channel <!here> <@U123> *bold* https://example.com/?key=1'
  for (const step of ['card', 'result'] as const)
    await platform.post(target, { step, text: evil, footer: `asked by *Ann* <!channel> ${evil}` }, `${step}/x`)
  expect(shown()).not.toMatch(/@channel|<!|<@/)
  for (const { args } of server.calls.filter(({ method }) => method === 'chat.postMessage')) {
    expect(String(args.text)).not.toMatch(/@channel|<!|<@|>/)
    expect([args.unfurl_links, args.unfurl_media]).toEqual(['false', 'false'])
    expect((args.blocks as { type: string }[]).map(({ type }) => type)).not.toContain('section')
  }
})

test("an address in the bot's own answer can be pressed, and in anybody else's words it stays text", async () => {
  const { server, platform, target } = await start()
  const text = 'See `a` at https://bot.example.com/login/x'
  for (const step of ['note', 'card'] as const) await platform.post(target, { step, text }, step)
  const elements = server.calls
    .filter(({ method }) => method === 'chat.postMessage')
    .map(({ args }) => JSON.stringify(args.blocks))
  expect(elements[0]).toContain('{"type":"link","url":"https://bot.example.com/login/x"}')
  expect(elements[1]).not.toContain('"link"')
})

test('sixty buttons, and the longest text with files that were lost, are blocks that Slack takes', async () => {
  const { server, platform, target } = await start()
  const actions = Array.from({ length: 60 }, (_, i) => ({
    label: `Option ${i}`,
    command: `answer q ${i}`,
    description: 'x'.repeat(200),
  }))
  await platform.post(target, { step: 'question', text: 'Which?', actions }, 'q')
  const link = `https://bot.example.com/files/${'x'.repeat(200)}`
  const files = Array.from({ length: 10 }, (_, i) => ({ ...file(`${'n'.repeat(200)}-${i}.md`), link }))
  for (const _ of files)
    server.faults.push({
      method: 'files.getUploadURLExternal',
      when: 'before',
      how: { error: 'file_uploads_disabled' },
    })
  const footer = 'f'.repeat(200)
  const text = 'w '.repeat(4899)
  await platform.post(target, { step: 'result', text, footer, files }, 'r')
  const said = JSON.stringify(server.calls.at(-1)?.args.blocks)
  expect(said).toMatch(/Not posted here \(file_uploads_disabled\): .* and 5 more\./)
})

test('the Slack of the tests takes no 51 blocks, no 26 buttons in a row and no 13,201 characters', () => {
  const divider = { type: 'divider' }
  const section = (chars: number) => ({ type: 'section', text: { type: 'plain_text', text: 'x'.repeat(chars) } })
  expect(blocksRefusal(Array(50).fill(divider))).toBeNull()
  expect(blocksRefusal(Array(51).fill(divider))).toBe('invalid_blocks')
  expect(blocksRefusal([{ type: 'actions', elements: Array(26).fill({}) }])).toBe('invalid_blocks')
  const five = Array.from({ length: 5 }, () => section(2600))
  expect([blocksRefusal(five), blocksRefusal([...five, section(201)])]).toEqual([null, 'msg_blocks_too_long'])
})

test('an answer of 100,000 characters is a beginning and a file, within what Slack takes, without a secret', async () => {
  const { server, ann, engine, bot, shown } = await startBot()
  await ann.command('brief Winter tyres')
  await eventually(() => expect(shown()).toContain('Winter tyres'))
  const output = (i: number) => ({
    path: `out-${i}.md`,
    bytes: 5,
    file: import.meta.filename,
    type: 'text/plain',
    sha256: 'x',
  })
  const outputs = Array.from({ length: 11 }, (_, i) => output(i))
  await engine.change('test0001', {
    ...END,
    result: `https://x.example/?key=hunter2 ${'word '.repeat(20_000)}`,
    outputs,
  })
  await bot.settled()
  const posts = server.calls.filter(({ method }) => method === 'chat.postMessage')
  expect(JSON.stringify(posts.at(-1)?.args.blocks).length).toBeLessThan(12_000)
  expect(shown()).toMatch(/key=\[secret\].*the rest is in answer\.md.*Not posted here: out-9\.md/s)
  expect(shown()).toMatch(/answer\.md \(100\d{3} B\)/)
  expect(shown()).not.toContain('hunter2')
})

test('a card in a channel that was archived, or that the bot was removed from, is let go', async () => {
  const { server, platform, target } = await start()
  const ref = await platform.post(target, { step: 'card', text: 'running' }, 'a/card')
  for (const error of ['is_archived', 'not_in_channel', 'channel_not_found']) {
    server.faults.push({ method: 'chat.update', when: 'before', how: { error } })
    await platform.edit(ref, { step: 'card', text: `done ${error}` })
  }
  expect(server.faults).toEqual([])
})

test('where the bot cannot post, who asks is told privately what to do', async () => {
  for (const [method, words] of [
    ['conversations.archive', 'This channel is archived. Ask in another one; nothing was started.'],
    ['conversations.kick', 'I am not in #briefs yet. Type `/invite @errand` there and try again; nothing was started.'],
  ] as const) {
    const { server, ann, shown, engine } = await startBot()
    await server.api(method, { channel: server.channel, user: server.bot }, ADMIN)
    await ann.command('brief Winter tyres')
    await eventually(() => expect(shown()).toContain(`(only you) ${words}`))
    expect(engine.submitted).toEqual([])
  }
})

test('a card that was deleted is let go, and the answer comes all the same', async () => {
  const { server, ann, engine, bot, shown, lines } = await startBot()
  await ann.command('brief Winter tyres')
  await eventually(() => expect(shown()).toContain('Winter tyres'))
  const { answer } = server.calls.findLast(({ method }) => method === 'chat.postMessage') ?? {}
  await server.api('chat.delete', { channel: server.channel, ts: answer?.ts })
  await engine.change('test0001', END)
  await bot.settled()
  expect(shown()).toContain('Fine.')
  expect(lines.filter(({ level }) => Number(level) > 30)).toEqual([])
})

test('a crash between acknowledgement and work is told to the person after the restart', async () => {
  const world = await makeSlack()
  const { server, shown } = world
  const db = await openDatabase('sqlite::memory:')
  const body = {
    text: 'brief tyres',
    actor: `user:slack:${server.ann}`,
    actorName: 'ann',
    place: `channel:slack:${server.channel}`,
    thread: null,
  }
  await takeInbound(db, { platform: 'slack', key: 'command 1', body, at: '2026-11-21T10:00:00.000Z' })
  const { bot } = await startBot({ db, world })
  await bot.settled()
  expect(shown()).toContain('(only you) I was restarted while I took up `brief tyres`.')
})

test('a token that Slack does not take is named with its remedy, and everything else goes on', async () => {
  const { lines, bot } = await startBot({ options: { botToken: 'xoxb-wrong' } })
  await bot.settled()
  expect(lines.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/Slack does not take SLACK_BOT_TOKEN \(invalid_auth\)\. Copy/),
  ])
  const app = await startBot({ options: { appToken: 'xapp-wrong' } })
  expect(app.lines.map(({ msg }) => msg)).toEqual([expect.stringMatching(/Slack does not take SLACK_APP_TOKEN/)])
})
