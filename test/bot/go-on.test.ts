import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { ADMIN } from '../../src/admin/admin.ts'
import { createBot } from '../../src/bot/bot.ts'
import type { Form, Request } from '../../src/bot/platform.ts'
import { systemClock } from '../../src/clock.ts'
import { UserError } from '../../src/errors.ts'
import { bin, doing, todo } from '../engine/conversations/fixture.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { eventually } from '../support/eventually.ts'
import { makeWorld, until } from '../support/world.ts'

const instructions = {
  make: doing(
    [
      ['write', ['brief.md', 'a brief']],
      ['result', 'made'],
    ],
    'inputs:\n  topic: { type: text }\n',
  ),
  long: doing([['say', 'here'], ['hang']]),
  asks: doing([['ask', ['t1', 'Bash', { command: 'ls' }]]], 'ask-tools: [Bash]\n'),
  pair: doing([
    ['write', ['a.md', 'one']],
    ['write', ['b c.md', 'two']],
    ['result', 'made'],
  ]),
  fails: doing(
    [
      ['say', 'here'],
      ['fail', { terminal_reason: 'api_error' }],
      ['exit', 1],
    ],
    'inputs:\n  topic: { type: text }\n',
  ),
  falls: doing([
    ['say', 'here'],
    ['until', 'go'],
    ['fail', { terminal_reason: 'api_error' }],
    ['exit', 1],
  ]),
  draft:
    '---\ndescription: Draft\ninputs:\n  brief: { type: file, required: true, accept: [.md] }\n---\nDO [["result","drafted"]]',
  picture: '---\ndescription: Draw\ninputs:\n  sketch: { type: file, accept: [.png] }\n---\nDO []',
}

/** A bot on a chat in memory over an engine with a fixture program as its agent. */
async function chat(slots = 4) {
  const world = await makeWorld({ instructions, bin, slots })
  const platform = createFakePlatform({ editsPerMinute: Number.POSITIVE_INFINITY })
  const bot = createBot({
    owner: world.engine.owner,
    ...{ engine: world.engine, db: world.db, platforms: [platform], clock: systemClock },
    ...{ log: createFakeLog().log, redact: (text: string) => text },
  })
  await bot.start()
  const posts = (step: string) => platform.posts.filter(({ message }) => message.step === step)
  const results = async (count: number) => {
    await eventually(() => expect(posts('result')).toHaveLength(count))
    return posts('result').at(-1)?.message ?? expect.fail()
  }
  /** Somebody presses a button, and gives a text where it asks for one. */
  const press = async (message: { actions?: { label: string; command: string }[] }, label: string, changes = {}) => {
    const action = message.actions?.find(one => one.label === label) ?? expect.fail(`there is no ${label}`)
    await platform.ask(action.command, changes)
  }
  /** Somebody writes in the thread of the first card. */
  const write = (text: string, changes: Partial<Request> = {}) =>
    platform.ask(text, { thread: 'p1', isWritten: true, ...changes })
  return {
    ...{ ...world, bot, platform, posts, results, press, write },
    [Symbol.asyncDispose]: async () => {
      await bot.stop()
      await world[Symbol.asyncDispose]()
    },
  }
}

test('what is written in the thread of a job goes on with it there', async () => {
  await using at = await chat()
  await at.platform.ask('make Tyres')
  await at.results(1)
  await at.write('make it shorter', { actor: 'user:test:ben', actorName: 'ben' })
  const second = await at.results(2)
  expect(second.text).toBe('make it shorter')
  const cards = at.posts('card')
  expect(cards.map(({ target, message }) => [target.thread, message.text])).toEqual([
    [null, '`make · Tyres` — done'],
    ['p1', '`make · make it shorter` — done'],
  ])
  expect(cards[1]?.message.footer).toContain('asked by ben')
  expect(at.posts('result').every(({ target }) => target.thread === 'p1')).toBe(true)
  await at.write('elsewhere', { thread: 'p99' })
  await eventually(() => expect(at.platform.whispers.at(-1)).toContain('I do not know `elsewhere`'))
})

test('a reply to any post of a job goes on with it, also where there are no threads', async () => {
  await using at = await chat()
  const dm = { place: 'channel:test:dm', isWritten: true }
  await at.platform.ask('make Tyres', dm)
  await at.results(1)
  await at.platform.ask('make Boats', dm)
  await at.results(2)
  const [card, result] = at.platform.posts
  const replies = async () => (await at.engine.jobs({ limit: 9 })).jobs.filter(({ reply }) => reply !== null)
  for (const [n, post] of [card, result].entries()) {
    await at.platform.ask('make it better', { ...dm, repliesTo: post?.ref ?? expect.fail() })
    await at.results(3 + n)
    expect((await replies())[0]).toMatchObject({ reply: 'make it better', ref: card?.ref })
  }
  await at.platform.ask('and better', { ...dm, thread: result?.ref ?? expect.fail() }) // a thread below a post in a DM
  await at.results(5)
  expect((await replies())[0]).toMatchObject({ reply: 'and better', ref: card?.ref })
  await at.platform.ask('make topic=Rims', { ...dm, repliesTo: card?.ref ?? expect.fail() })
  await at.results(6)
  expect(await replies()).toHaveLength(3)
  await at.platform.ask('better still', { ...dm, repliesTo: 'p99' })
  await eventually(() => expect(at.platform.whispers.at(-1)).toContain('reply to one of its posts'))
  const far = { ...dm, actor: 'user:test:ben', place: 'channel:test:two' }
  await at.platform.ask('better still', { ...far, repliesTo: card?.ref ?? expect.fail() })
  await eventually(() => expect(at.platform.whispers.at(-1)).toMatch(/^There is no job `\w{8}` here/))
})

test.each([
  ['make topic=Boats', 'Boats'],
  ['run make Boats', 'Boats'],
  ['make Boats faster', 'make Boats faster'],
  ['jobs are to be named too', 'jobs are to be named too'],
  ['help me with the title', 'help me with the title'],
  ['cancel the last paragraph', 'cancel the last paragraph'],
])('in a thread `%s` makes the job `%s`', async (text, title) => {
  await using at = await chat()
  await at.platform.ask('make Tyres')
  await at.results(1)
  await at.write(text)
  await at.results(2)
  expect((await at.engine.jobs({ limit: 1 })).jobs[0]).toMatchObject({ title, reply: title === 'Boats' ? null : text })
})

test.each(['jobs', 'errand jobs', 'errand help make', '/errand limits'])(
  'in a thread `%s` is a command',
  async text => {
    await using at = await chat()
    await at.platform.ask('make Tyres')
    await at.results(1)
    await at.write(text)
    await eventually(() => expect(at.platform.whispers).toHaveLength(1))
    expect((await at.engine.jobs({ limit: 5 })).jobs).toHaveLength(1)
  },
)

test('a reply to a job that runs waits with its place, and can be said at once or take its place', async () => {
  await using at = await chat()
  await at.platform.ask('long')
  await eventually(() => expect(at.posts('card')[0]?.message.text).toContain('running'))
  const running = (await at.engine.jobs({ limit: 1 })).jobs[0]?.id ?? ''
  await until(at.engine, running, ({ kind }) => kind === 'text') // before, nobody could hear it
  await at.write('one')
  await at.write('two')
  await eventually(() => expect(at.posts('card')).toHaveLength(3))
  const [, one, two] = at.posts('card')
  expect(one?.first.text).toBe('`long · one` — waits: behind the job before it in this thread')
  expect(two?.first.text).toBe('`long · two` — waits: behind 2 jobs before it in this thread')
  expect(one?.first.actions?.map(({ label }) => label)).toEqual(['Say it now', 'Stop and send', 'Cancel', 'Log'])
  await at.write('three', { files: [{ name: 'notes.md', open: () => Readable.from(['seven']) }] })
  await eventually(() => expect(at.posts('card')).toHaveLength(4))
  expect(at.posts('card')[3]?.first.actions?.map(({ label }) => label)).toEqual(['Stop and send', 'Cancel', 'Log'])
  await at.press(one?.first ?? {}, 'Say it now')
  await eventually(() => expect(at.posts('note').map(({ message }) => message.text)).toEqual(['ann said: one']))
  await eventually(() => expect(one?.message.text).toContain('said into job'))
  expect(one?.message.actions?.map(({ label }) => label)).toEqual(['Log']) // nothing of its own to go on with
  await at.press(two?.first ?? {}, 'Stop and send', { actor: 'user:test:ben', actorName: 'ben' })
  await eventually(() => expect(at.platform.whispers.at(-1)).toBe('Only ann may do that.'))
  for (const command of [
    'now',
    'instead',
    'like',
    'dislike',
    'retry',
    'resume',
    'again',
    'edit',
    'use',
    'reply',
    'cancel',
  ])
    for (const id of [running, 'zzzzzzzz']) {
      await at.platform.ask(`${command} ${id}`, { actor: 'user:test:eve', place: 'channel:test:two' })
      const words = `There is no job \`${id}\` here. \`errand jobs\` lists them.`
      await eventually(() => expect(at.platform.whispers.at(-1)).toBe(words))
    }
  await at.press(two?.first ?? {}, 'Stop and send')
  await eventually(() => expect(two?.message.text).toContain('done'))
  expect(at.posts('card')[0]?.message.text).toContain('cancelled by ann')
})

test('a reply to a job that is queued itself is not offered to be said now, when nothing could hear it', async () => {
  await using at = await chat(1)
  await at.platform.ask('long')
  await eventually(() => expect(at.posts('card')[0]?.message.text).toContain('running'))
  await at.platform.ask('make Boats')
  await eventually(() => expect(at.posts('card')).toHaveLength(2))
  await at.write('and shorter', { thread: at.posts('card')[1]?.ref ?? expect.fail() })
  await eventually(() => expect(at.posts('card')).toHaveLength(3))
  const waiting = at.posts('card')[2]?.first
  expect(waiting?.text).toBe('`make · and shorter` — waits: behind the job before it in this thread')
  expect(waiting?.actions?.map(({ label }) => label)).toEqual(['Stop and send', 'Cancel', 'Log'])
})

test('a reply to a conversation that is taken over is offered nothing that would need a running job', async () => {
  await using at = await chat()
  await at.platform.ask('make Tyres')
  await at.results(1)
  const { id = '' } = (await at.engine.jobs({ limit: 1 })).jobs[0] ?? {}
  await at.engine.takeOver(id, ADMIN)
  await at.write('one')
  await at.write('two')
  await eventually(() => expect(at.posts('card')).toHaveLength(3))
  const [, one, two] = at.posts('card').map(({ first }) => first)
  for (const card of [one, two]) expect(card?.actions?.map(({ label }) => label)).toEqual(['Cancel', 'Log'])
  const next = (await at.engine.jobs({ limit: 1 })).jobs[0]?.id ?? ''
  await at.platform.ask(`instead ${next}`)
  const words = `\`make · two\` — waits: ${ADMIN.actorName} has the session open in a terminal.`
  await eventually(() => expect(at.platform.whispers).toEqual([words]))
})

test('of what is said to a job that asks something, it is told that this is no answer', async () => {
  await using at = await chat()
  await at.platform.ask('asks')
  await eventually(() => expect(at.posts('card')[0]?.message.text).toContain('needs an answer'))
  const id = (await at.engine.jobs({ limit: 1 })).jobs[0]?.id ?? ''
  await at.platform.ask(`reply ${id} --now be brief`)
  const words = '`asks` has heard it. The job still waits for an answer to what it asks.'
  await eventually(() => expect(at.platform.whispers.at(-1)).toBe(words))
})

test('after a failure the job is gone on from that has heard a reply, not the reply', async () => {
  await using at = await chat()
  await at.platform.ask('falls')
  await eventually(async () => expect((await at.engine.jobs({ limit: 1 })).jobs[0]?.status).toBe('running'))
  const job = (await at.engine.jobs({ limit: 1 })).jobs[0] ?? expect.fail()
  await until(at.engine, job.id, ({ kind }) => kind === 'text')
  await at.write('shorter')
  await eventually(() => expect(at.posts('card')).toHaveLength(2))
  await at.press(at.posts('card')[1]?.first ?? {}, 'Say it now')
  await eventually(() => expect(at.posts('card')[1]?.message.text).toContain('said into job'))
  await writeFile(join(at.dir, 'data', 'workspaces', job.conversation, 'go'), '')
  const failed = await at.results(1) // the reply that was heard has no end of its own to tell
  expect(failed.actions?.map(({ label }) => label)).toEqual(['Retry', 'Resume', 'Log']) // it asks for nothing to edit
  await at.platform.ask(`edit ${job.id}`)
  await eventually(() => expect(at.platform.whispers.at(-1)).toContain('asks for nothing that could be changed'))
  await at.press(failed, 'Resume')
  expect((await at.results(2)).text).toContain('a person asks you to go on')
  await at.write('and now?') // the job that has heard it is the last one
  await at.results(3)
  expect((await at.engine.jobs({ limit: 1 })).jobs[0]).toMatchObject({ reply: 'and now?', parent: job.id })
})

test('after a failure a job is tried again and taken on, and each end is told', async () => {
  await using at = await chat()
  await at.platform.ask('fails')
  const first = await at.results(1)
  expect(first.actions?.map(({ label }) => label)).toEqual(['Retry', 'Edit and retry', 'Resume', 'Log'])
  await at.press(first, 'Retry')
  const second = await at.results(2)
  await at.press(second, 'Resume')
  const third = await at.results(3)
  expect(third.text).toContain('a person asks you to go on')
  expect(at.posts('card')).toHaveLength(1) // it shows the latest
  await eventually(() => expect(at.posts('card')[0]?.message.text).toBe('`fails` — done'))
  await at.press(first, 'Retry')
  await eventually(() => expect(at.platform.whispers.at(-1)).toContain('has succeeded: run it again'))
})

test('what goes on elsewhere is told in the thread too', async () => {
  await using at = await chat()
  await at.platform.ask('make Tyres')
  await at.results(1)
  const { id = '' } = (await at.engine.jobs({ limit: 1 })).jobs[0] ?? {}
  await at.engine.followUp(id, { text: todo([['result', 'from the page']]) }, ADMIN)
  expect((await at.results(2)).text).toBe('from the page')
  expect(at.posts('card')[1]?.target.thread).toBe('p1')
})

test('a result is run again, changed, used elsewhere, and judged', async () => {
  await using at = await chat()
  const forms: Form[] = []
  const openForm = async (form: Form) => void forms.push(form)
  await at.platform.ask('make Tyres')
  const result = await at.results(1)
  expect(result.actions?.map(({ label }) => label)).toEqual(['Reply', 'Run again', 'Use in…', '👍', '👎', 'Log'])
  const { id = '' } = (await at.engine.jobs({ limit: 1 })).jobs[0] ?? {}

  await at.press(result, 'Run again', { thread: 'p1' })
  await at.results(2)
  expect((await at.engine.jobs({ limit: 1 })).jobs[0]).toMatchObject({ title: 'Tyres', reply: null })
  await at.platform.ask(`edit ${id}`, { openForm })
  await eventually(() => expect(forms).toMatchObject([{ instruction: 'make', values: { topic: 'Tyres' } }]))
  await at.platform.ask(`edit ${id}`)
  await eventually(() => expect(at.platform.whispers.at(-1)).toContain('`errand make topic=Tyres`'))

  await at.press(result, 'Use in…')
  await eventually(() => expect(at.platform.offers.at(-1)?.map(({ label }) => label)).toEqual(['draft']))
  await at.press({ actions: [...(at.platform.offers.at(-1) ?? [])] }, 'draft', { openForm })
  await eventually(() => expect(forms[1]).toMatchObject({ values: { brief: `job:${id}/brief.md` } }))
  await at.platform.ask('draft', { values: forms[1]?.values ?? {} })
  await at.results(3)

  await at.press(result, '👍')
  await eventually(() => expect(at.platform.whispers.at(-1)).toContain('👍'))
  await at.platform.ask(`dislike ${id} "too long"`, { actor: 'user:test:ben' })
  await eventually(async () => expect(await at.engine.versions('make')).toMatchObject([{ good: 1, bad: 1 }]))
})

test('of several files that an instruction takes one of, a person chooses', async () => {
  await using at = await chat()
  const forms: Form[] = []
  const openForm = async (form: Form) => void forms.push(form)
  await at.platform.ask('pair')
  await at.results(1)
  const { id = '' } = (await at.engine.jobs({ limit: 1 })).jobs[0] ?? {}
  await at.platform.ask(`use ${id} draft`, { openForm })
  await eventually(() => expect(at.platform.offers.at(-1)?.map(({ label }) => label)).toEqual(['a.md', 'b c.md']))
  expect([forms, at.platform.whispers.at(-1)]).toEqual([[], expect.stringContaining('takes one file. Which one?')])
  await at.press({ actions: [...(at.platform.offers.at(-1) ?? [])] }, 'b c.md', { openForm })
  await eventually(() => expect(forms).toMatchObject([{ values: { brief: `job:${id}/b c.md` } }]))
  await at.platform.ask(`use ${id} draft d.md`, { openForm })
  await eventually(() => expect(at.platform.whispers.at(-1)).toContain('There is no file `d.md` of `pair`'))
})

test('files that come with a reply are given to it', async () => {
  await using at = await chat()
  await at.platform.ask('make Tyres')
  await at.results(1)
  await at.write('', { files: [{ name: 'notes.md', open: () => Readable.from(['seven']) }] })
  expect((await at.results(2)).text).toMatch(/^Look at the files\.[\s\S]*inputs\/\w{8}\/notes\.md$/)
})

test('where the bot may not post, nothing goes on, and the person is told why', async () => {
  await using at = await chat()
  await at.platform.ask('fails')
  const failed = await at.results(1)
  const mayPost = async () => {
    throw new UserError('I may not post here.')
  }
  await at.write('and now?', { mayPost })
  await at.press(failed, 'Retry', { mayPost })
  await at.press(failed, 'Resume', { mayPost })
  await eventually(() => expect(at.platform.whispers).toEqual(Array(3).fill('I may not post here.')))
  expect((await at.engine.jobs({ limit: 5 })).jobs).toMatchObject([{ status: 'failed', attempt: 1 }])
  // What is asked for elsewhere is told in the job's own place.
  const { id = '' } = (await at.engine.jobs({ limit: 1 })).jobs[0] ?? {}
  await at.platform.ask(`retry ${id}`, { mayPost, place: 'channel:test:two' })
  await at.results(2)
})

test('a button of a job that is gone starts nothing, whoever presses it', async () => {
  await using at = await chat()
  const gone = 'zzzzzzzz' // as after the retention
  const verbs = ['status', 'log', 'files', 'cancel', 'retry', 'resume', 'again', 'edit', 'use', 'like']
  for (const verb of [...verbs, `reply ${gone} go on`, `use ${gone} draft`]) {
    const told = at.platform.whispers.length
    await at.platform.ask(verb.includes(' ') ? verb : `${verb} ${gone}`)
    await eventually(() => expect(at.platform.whispers).toHaveLength(told + 1))
    expect([verb, at.platform.whispers.at(-1)]).toEqual([verb, expect.stringMatching(/^There is no job `zzzzzzzz`/)])
  }
  await at.platform.ask('approve zzzzzzzz')
  await eventually(() => expect(at.platform.whispers.at(-1)).toMatch(/^There is no question `zzzzzzzz`/))
  expect(at.platform.posts).toEqual([])
})

test('buttons that are pressed by somebody else, or too late, change nothing', async () => {
  await using at = await chat()
  const ben = { actor: 'user:test:ben', actorName: 'ben' }
  const far = { ...ben, place: 'channel:test:two' }
  const told = async (command: string, changes: Partial<Request> = {}) => {
    const before = at.platform.whispers.length
    await at.platform.ask(command, changes)
    await eventually(() => expect(at.platform.whispers).toHaveLength(before + 1))
    return at.platform.whispers.at(-1)
  }
  await at.platform.ask('fails')
  await at.results(1)
  const { id = '' } = (await at.engine.jobs({ limit: 1 })).jobs[0] ?? {}
  for (const verb of ['retry', 'resume'])
    expect(await told(`${verb} ${id}`, ben)).toBe(`Only ann may ${verb} this job.`)
  for (const verb of ['status', 'cancel', 'edit', 'again', 'use', 'files', 'log'])
    expect(await told(`${verb} ${id}`, far)).toMatch(/^There is no job/)
  for (const verb of ['retry', 'resume', 'like', 'reply'])
    expect([verb, await told(`${verb} ${id} x`, far)]).toEqual([
      verb,
      expect.stringMatching(/^There is no job|^Only ann may/),
    ])
  expect(await told(`cancel ${id}`)).toMatch(/has (failed|ended)/)
  expect(at.posts('result')).toHaveLength(1)
})
