import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { createBot } from '../../src/bot/bot.ts'
import { systemClock } from '../../src/clock.ts'
import { COLOURS, call, replying } from '../engine/questions/asking.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { eventually } from '../support/eventually.ts'
import { makeWorld, type World } from '../support/world.ts'

const instructions = {
  ask: '---\ndescription: Ask\n---\nGo',
  list: '---\ndescription: List\nask-tools: [Bash]\n---\nGo',
}
const ASK = call('AskUserQuestion', COLOURS)

/** A bot on a chat in memory over the real CLI; `shown` are the posts of a step as they stand now. */
async function chat(world: World) {
  const platform = createFakePlatform({ editsPerMinute: Number.POSITIVE_INFINITY })
  const bot = createBot({
    owner: world.engine.owner,
    ...{ engine: world.engine, db: world.db, platforms: [platform], clock: systemClock },
    ...{ log: createFakeLog().log, redact: (text: string) => text },
  })
  await bot.start()
  const shown = (step: string) => platform.posts.map(({ message }) => message).filter(message => message.step === step)
  const question = async () => {
    await eventually(() => expect(shown('question')[0]?.actions).toBeDefined())
    return shown('question')[0] ?? { actions: [], text: '', footer: '' }
  }
  const press = async (label: string, words = '', who = {}) => {
    const action = (await question()).actions?.find(action => action.label === label)
    if (!action) throw new Error(`there is no ${label}`)
    await platform.ask(`${action.command}${words}`, who)
    return action
  }
  return { bot, platform, shown, question, press }
}

const BEN = { actor: 'user:test:ben', actorName: 'ben' }

test('a question is a post with a button an option, and says afterwards who answered', async () => {
  await using world = await makeWorld({ instructions, model: replying(ASK, { text: 'Blue it is.' }).script })
  const { bot, platform, shown, question, press } = await chat(world)
  await platform.ask('ask')
  const { text, actions } = await question()
  expect(shown('progress').map(({ text }) => text)).toEqual(['asking a question'])
  expect(text).toBe('Which colour?\n- Red — The loud one\n- Blue — The calm one')
  expect(actions?.map(({ label, description }) => [label, description])).toEqual([
    ['Red', 'The loud one'],
    ['Blue', 'The calm one'],
    ['Other answer', undefined],
  ])
  expect(shown('card')[0]).toMatchObject({ text: expect.stringMatching(/needs an answer$/) })
  await press('Red', '', BEN)
  await eventually(() => expect(platform.whispers).toEqual(['Only ann may answer this.']))
  const old = await press('Blue')
  await bot.settled()
  expect(shown('question')).toMatchObject([{ footer: 'answered: Blue' }])
  expect(shown('question')[0]?.actions).toBeUndefined()
  expect(shown('result')).toMatchObject([{ text: 'Blue it is.' }])
  await platform.ask(old.command)
  await bot.settled()
  expect(platform.whispers.at(-1)).toBe('ann was faster and answered: Blue.')
  await bot.stop()
})

test.each(['in the thread', 'in reply to a post'])(
  'a text %s answers the one question that is open there',
  async how => {
    const model = replying(ASK, { text: 'done' })
    await using world = await makeWorld({ instructions, model: model.script })
    const { bot, platform, question } = await chat(world)
    await platform.ask('ask')
    await question()
    const card = platform.posts[0]?.ref ?? null
    await platform.ask('green, like grass', { thread: 'another thread' })
    await eventually(() => expect(platform.whispers).toHaveLength(1))
    expect(platform.whispers[0]).toContain('I do not know `green,`')
    const files = [{ name: 'meadow.md', open: () => Readable.from(['green']) }]
    await platform.ask('look at this meadow', { thread: card, files, isWritten: true }) // with a file it is for the job as a whole
    const queued = async () => (await world.engine.jobs({ status: 'queued', limit: 2 })).jobs
    await eventually(async () => expect(await queued()).toMatchObject([{ reply: 'look at this meadow' }]))
    const asked = platform.posts.find(({ message }) => message.step === 'question')?.ref ?? expect.fail()
    await platform.ask('green, like grass', {
      ...(how === 'in the thread' ? { thread: card } : { repliesTo: asked }),
      isWritten: true,
    })
    await bot.settled()
    expect(model.heard()).toContain('green, like grass')
    await bot.stop()
  },
)

test('in a thread that has a question, buttons and commands stay what they are', async () => {
  const model = replying(ASK, { text: 'other' }, { text: 'shorter one' }, { text: 'done' })
  await using world = await makeWorld({ instructions, model: model.script, slots: 2 })
  const { bot, platform, shown, question } = await chat(world)
  await platform.ask('ask')
  await question()
  const thread = platform.posts[0]?.ref ?? null
  const { id = '' } = (await world.engine.jobs({ limit: 1 })).jobs[0] ?? {}
  for (const pressed of [`like ${id}`, `retry ${id}`, 'limits']) await platform.ask(pressed, { thread })
  await eventually(() => expect(platform.whispers).toHaveLength(3))
  await platform.ask('run list', { thread, isWritten: true })
  await eventually(() => expect(shown('result')).toMatchObject([{ text: 'other' }]))
  const repliesTo = platform.posts.find(({ message }) => message.step === 'result')?.ref ?? expect.fail()
  await platform.ask('shorter', { thread, repliesTo, isWritten: true }) // to the other job, which asks nothing
  await eventually(() => expect(shown('result')).toMatchObject([{}, { text: 'shorter one' }]))
  await platform.ask('limits and all else as before', { thread, isWritten: true })
  await bot.settled()
  expect(platform.whispers.join()).not.toMatch(/answered: (like|retry|limits$|run)/m)
  expect(shown('question')).toMatchObject([{ footer: 'answered: limits and all else as before' }])
  await bot.stop()
})

test('an approval shows the command, and an edited one is what runs', async () => {
  const model = replying(call('Bash', { command: 'rm -rf x' }), { text: 'done' })
  await using world = await makeWorld({ instructions, model: model.script })
  const { bot, platform, shown, question, press } = await chat(world)
  await platform.ask('list')
  const { text, actions } = await question()
  expect(text).toBe('May I run this command?\n```sh\nrm -rf x\n```')
  expect(actions?.map(({ label }) => label)).toEqual([
    'Approve',
    'Approve for this job',
    'Edit and approve',
    'Deny',
    'Deny with reason',
  ])
  const edit = await press('Edit and approve', ' "echo \\"hi there\\""')
  expect(edit.input).toEqual({ label: 'Command', value: 'rm -rf x' })
  await bot.settled()
  expect(shown('question')).toMatchObject([{ footer: 'ann approved it with a change' }])
  expect(model.heard()).toContain('hi there')
  await bot.stop()
})

test('several options are one answer, and a text is one whatever quotes it has', async () => {
  const several = { questions: COLOURS.questions.map(question => ({ ...question, multiSelect: true })) }
  const model = replying(call('AskUserQuestion', several), ASK, { text: 'done' })
  await using world = await makeWorld({ instructions, model: model.script })
  const { bot, platform, shown, press } = await chat(world)
  await platform.ask('ask')
  await press('Choose', ' Red "Blue"')
  await eventually(() => expect(shown('question')[1]?.actions).toBeDefined())
  await platform.ask(`${shown('question')[1]?.actions?.[2]?.command} "dark" green`)
  await bot.settled()
  expect(shown('question').map(({ footer }) => footer)).toEqual(['answered: Red, Blue', 'answered: "dark" green'])
  await bot.stop()
})
