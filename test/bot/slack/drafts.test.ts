import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../../src/bot/bot.ts'
import type { Request } from '../../../src/bot/platform.ts'
import { systemClock } from '../../../src/clock.ts'
import { openDatabase } from '../../../src/db/connect.ts'
import { checkInputs } from '../../../src/engine/instructions/check-inputs.ts'
import type { Upload } from '../../../src/engine/instructions/upload.ts'
import { UserError } from '../../../src/errors.ts'
import { createFakeEngine } from '../../fakes/engine.ts'
import { createFakeLog } from '../../fakes/log.ts'
import { eventually } from '../../support/eventually.ts'
import { makeSlack, openForm, overHttp } from '../../support/slack-world.ts'
import { instructionsOf } from '../../support/world.ts'

const brief = `---
description: Write a content brief
inputs:
  topic: { type: text, required: true, max: 200 }
  notes: { type: text, multiline: true, max: 20000 }
  sources: { type: file, max: 3 }
---
{{topic}} {{notes}} {{sources}}`
const LOADED = instructionsOf({ brief })
const LONG = 'word '.repeat(1200)

/** A bot on Slack; its engine notes what is submitted. */
async function start(how = {}) {
  const world = await makeSlack({ instructions: () => LOADED, ...how })
  const db = await openDatabase('sqlite::memory:')
  const engine = createFakeEngine({ db, clock: systemClock, instructions: LOADED })
  const { submit } = engine
  engine.submit = async submission => {
    const checked = checkInputs(LOADED.byName.get('brief')?.inputs ?? [], submission.inputs)
    if (!checked.ok) throw new UserError('Something does not fit.', { problems: checked.problems })
    return await submit(submission)
  }
  const platform = world.make()
  const { log } = createFakeLog()
  const bot = createBot({
    engine,
    owner: 't',
    db,
    platforms: [platform],
    clock: systemClock,
    log,
    redact: text => text,
  })
  await bot.start()
  onTestFinished(async () => {
    await bot.stop()
    await db.destroy()
  })
  return { ...world, platform, engine }
}

async function upload({ server }: Awaited<ReturnType<typeof start>>, name: string, text: string): Promise<unknown[]> {
  const got = await server.api('files.getUploadURLExternal', { filename: name, length: text.length })
  await fetch(String(got.upload_url), { method: 'POST', body: text })
  const files = [{ id: got.file_id }]
  const done = await server.api('files.completeUploadExternal', { files, channel_id: server.channel })
  return done.files as unknown[]
}

/** Ann mentions the bot with a long text and a file, without a topic, and opens the form that has to be filled in. */
async function fillIn(how: Parameters<typeof start>[0] = {}) {
  const world = await start(how)
  const { ann, server, shown, engine } = world
  const files = await upload(world, 'notes.md', 'hello')
  await ann.mention(`brief notes="${LONG}"`, { files })
  await eventually(() => expect(shown()).toContain('[Fill in]'))
  await ann.press('Fill in')
  return { world, ann, engine, form: await eventually(() => openForm(server)) }
}

const fieldIn = (view: ReturnType<typeof openForm>, id: string) =>
  view.blocks.find(({ block_id }) => block_id === id) as { hint: { text: string }; element: { initial_value?: string } }

test.each([
  ['Socket Mode', {}],
  ['HTTP', overHttp],
])('files of a mention and long texts survive Fill in over %s', async (_, how) => {
  const { ann, engine, form } = await fillIn(how)
  expect(fieldIn(form, 'notes').hint.text).toContain('kept unless you write here: 6000 characters')
  expect(fieldIn(form, 'sources').hint.text).toContain('kept unless you upload: notes.md')
  await ann.submit({ topic: { value: 'Winter' } })
  await eventually(() => expect(engine.submitted).toHaveLength(1))
  const { topic, notes, sources } = engine.submitted[0]?.inputs ?? {}
  expect([topic, notes]).toEqual(['Winter', LONG])
  expect(await (sources as Upload[])[0]?.open().setEncoding('utf8').toArray()).toEqual(['hello'])
})

test('what is given in a form replaces what it kept', async () => {
  const { ann, engine, world } = await fillIn()
  const [other] = (await upload(world, 'other.md', 'other')) as { id: string; name: string }[]
  if (!other) throw new Error('no file')
  await ann.submit({ topic: { value: 'Winter' }, notes: { value: 'short' }, sources: { files: [other] } })
  await eventually(() => expect(engine.submitted).toHaveLength(1))
  const { notes, sources } = engine.submitted[0]?.inputs ?? {}
  expect(notes).toBe('short')
  expect((sources as Upload[]).map(({ name }) => name)).toEqual(['other.md'])
})

test('what a form keeps of an optional input can be left out', async () => {
  const { ann, engine, form } = await fillIn()
  expect(form.blocks.map(({ block_id }) => block_id)).toEqual([
    ...[undefined, 'topic', 'notes', 'drop notes', 'sources', 'drop sources'],
  ])
  await ann.submit({
    topic: { value: 'Winter' },
    'drop sources': { selected_options: [{ value: 'leave it out' }] },
  })
  await eventually(() => expect(engine.submitted).toHaveLength(1))
  expect(engine.submitted[0]?.inputs).toEqual({ topic: 'Winter', notes: LONG })
})

test('a button keeps a command that it cannot hold, and one whose row is gone says so', async () => {
  const world = await makeSlack()
  const requests: Request[] = []
  const platform = world.make()
  await platform.start(async request => void requests.push(request))
  onTestFinished(() => platform.stop())
  const command = `brief ${'x'.repeat(2001)}`
  const target = { place: `channel:slack:${world.server.channel}`, thread: null }
  const actions = [{ label: 'Again', command }]
  await platform.post(target, { step: 'note', text: 'Hm.', actions }, 'n')
  await world.ann.press('Again')
  expect(requests.map(({ text }) => text)).toEqual([command])
  await world.db.deleteFrom('control').execute()
  await world.ann.press('Again')
  await eventually(() => expect(world.shown()).toContain('(only you) This is too old; nothing was started.'))
  expect(requests).toHaveLength(1)
})

test('a command to be edited that no field can hold stays whole', async () => {
  const world = await makeSlack()
  const requests: Request[] = []
  const platform = world.make()
  await platform.start(async request => void requests.push(request))
  onTestFinished(() => platform.stop())
  const input = { label: 'Command', value: 'x'.repeat(3001) }
  const actions = [{ label: 'Edit and approve', command: 'approve q1', input }]
  const target = { place: `channel:slack:${world.server.channel}`, thread: null }
  await platform.post(target, { step: 'question', text: 'May I?', actions }, 'q')
  await world.ann.press('Edit and approve')
  const form = await eventually(() => openForm(world.server))
  expect(fieldIn(form, 'text').element.initial_value).toBeUndefined()
  expect(fieldIn(form, 'text').hint.text).toBe('kept unless you write here: 3001 characters')
  await world.ann.submit({})
  expect(requests.map(({ text }) => text)).toEqual(['approve q1'])
})
