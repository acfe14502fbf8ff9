import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../../src/bot/bot.ts'
import { systemClock } from '../../../src/clock.ts'
import { openDatabase } from '../../../src/db/connect.ts'
import { checkInputs } from '../../../src/engine/instructions/check-inputs.ts'
import { UserError } from '../../../src/errors.ts'
import { createFakeEngine } from '../../fakes/engine.ts'
import { createFakeLog } from '../../fakes/log.ts'
import type { Interaction } from '../../support/discord/state.ts'
import { eventually } from '../../support/eventually.ts'
import { instructionsOf } from '../../support/world.ts'
import { makeDiscord } from './open-discord.ts'

const briefOf = (...inputs: string[]) =>
  `---\ndescription: Write a brief\ninputs:\n${inputs.map(input => `  ${input}\n`).join('')}---\nGo`
const TOPIC = 'topic: { type: text, required: true }'
const NOTES = 'notes: { type: text }'
const SUBJECT = 'subject: { type: text, required: true }'
const OLD = briefOf(TOPIC, NOTES)

/** The bot on Discord, with a form of the instruction open; its engine checks as the real one does. */
async function withForm(brief = OLD) {
  let loaded = instructionsOf({ brief })
  const db = await openDatabase('sqlite::memory:')
  const engine = createFakeEngine({ db, clock: systemClock, instructions: loaded })
  engine.instructions = () => loaded
  const { submit } = engine
  engine.submit = async submission => {
    const checked = checkInputs(loaded.byName.get('brief')?.inputs ?? [], submission.inputs)
    if (!checked.ok) throw new UserError(checked.problems.map(({ message }) => message).join('\n'), checked)
    return await submit(submission)
  }
  const { discord, make } = await makeDiscord({ engine })
  const start = async () => {
    const log = createFakeLog().log
    const redact = (text: string) => text
    const bot = createBot({ engine, owner: 't', db, platforms: [make()], clock: systemClock, log, redact })
    await bot.start()
    return bot
  }
  let bot = await start()
  onTestFinished(async () => {
    await bot.stop()
    await db.destroy()
  })
  const opened = async (asked: Interaction) => {
    await eventually(() => expect(asked.answered).toBe(9))
    return asked
  }
  const said = async (asked: Interaction, words: string) => {
    await eventually(() => expect(discord.seen(asked)).toContain(words))
    const message = [...asked.seen.values()].at(-1)
    if (!message) throw new Error('nothing was said')
    return message
  }
  return {
    ...{ discord, engine, opened, said },
    form: await opened(discord.slash('errand run', { instruction: 'brief' })),
    change: (next: Record<string, string>) => {
      loaded = instructionsOf(next)
    },
    restart: async () => {
      await bot.stop()
      bot = await start()
    },
  }
}

const labels = ({ data }: Interaction) => ((data?.components ?? []) as { label: string }[]).map(({ label }) => label)
const inputsOf = (submitted: readonly { inputs: Readonly<Record<string, unknown>> }[]) =>
  submitted.map(({ inputs }) => inputs)

test('a form that was opened before a restart is taken after it', async () => {
  const { discord, engine, form, restart } = await withForm()
  await restart()
  discord.submit(form, { topic: 'Winter' })
  await eventually(() => expect(inputsOf(engine.submitted)).toEqual([{ topic: 'Winter' }]))
})

test('an input that was renamed meanwhile is named, and the form opens anew with the rest', async () => {
  const { discord, engine, form, change, opened, said } = await withForm()
  change({ brief: briefOf(SUBJECT, NOTES) })
  const sent = discord.submit(form, { topic: 'Winter', notes: 'soon' })
  const reply = await said(sent, '`topic` is not an input of this instruction, which has subject, notes.')
  expect(engine.submitted).toEqual([])
  const again = await opened(discord.press(reply, 'Fill in'))
  expect(labels(again)).toEqual(['subject', 'notes'])
  discord.submit(again, { subject: 'Winter' })
  await eventually(() => expect(inputsOf(engine.submitted)).toEqual([{ subject: 'Winter', notes: 'soon' }]))
})

test('an input that is gone and was left empty is not missed, and one that is new is asked for', async () => {
  const { discord, engine, form, change, opened, said } = await withForm()
  change({ brief: briefOf(TOPIC) })
  discord.submit(form, { topic: 'Winter' })
  await eventually(() => expect(inputsOf(engine.submitted)).toEqual([{ topic: 'Winter' }]))
  change({ brief: briefOf(SUBJECT, TOPIC, NOTES) })
  const next = discord.press(await said(discord.submit(form, { topic: 'Winter' }), '[Next]'), 'Next')
  expect(labels(await opened(next))).toEqual(['subject'])
  discord.submit(next, { subject: 'Tyres' })
  await eventually(() => expect(engine.submitted).toHaveLength(2))
  expect(engine.submitted[1]?.inputs).toEqual({ topic: 'Winter', subject: 'Tyres' })
})

test('a step that has nothing more to ask by now is handed in', async () => {
  const many = ['a', 'b', 'c', 'd', 'e'].map(name => `${name}: { type: text }`)
  const { discord, engine, form, change, said } = await withForm(briefOf(TOPIC, ...many))
  const step = await said(discord.submit(form, { topic: 'Winter' }), '5 of 6 inputs of `brief` are filled in.')
  change({ brief: OLD.replace(NOTES, 'a: { type: text }') })
  discord.press(step, 'Next')
  await eventually(() => expect(inputsOf(engine.submitted)).toEqual([{ topic: 'Winter' }]))
})

test('the form of an instruction that was removed starts nothing, and says so', async () => {
  const { discord, engine, form, change, said } = await withForm()
  change({})
  await said(discord.submit(form, { topic: 'Winter' }), 'This is too old; nothing was started.')
  expect(engine.submitted).toEqual([])
})
