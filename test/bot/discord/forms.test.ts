import { text as readAll } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { Form, Request } from '../../../src/bot/platform.ts'
import type { Upload } from '../../../src/engine/instructions/upload.ts'
import type { Interaction, Json, Message } from '../../support/discord/state.ts'
import { eventually } from '../../support/eventually.ts'
import { instructionsOf } from '../../support/world.ts'
import { BRIEF, openDiscord } from './open-discord.ts'

const inputs = instructionsOf({ brief: BRIEF }).byName.get('brief')?.inputs ?? []
const form = (rest: Partial<Form> = {}): Form => ({
  ...{ instruction: 'brief', title: 'Write a content brief', inputs, values: {} },
  problems: [{ field: 'topic', message: '`topic` is required: what the brief is about.' }],
  ...rest,
})
const labels = ({ data }: Interaction) => ((data?.components ?? []) as { label: string }[]).map(({ label }) => label)
const fieldIn = ({ data }: Interaction, name: string) =>
  ((data?.components ?? []) as { label: string; component: Json }[]).find(({ label }) => label === name)
const onlySeen = (interaction: Interaction): Message => {
  const message = [...interaction.seen.values()].at(-1)
  if (!message) throw new Error('nothing was seen')
  return message
}
const isForm = async (interaction: Interaction) => {
  await eventually(() => expect(interaction.answered).toBe(9))
  return interaction
}

test('where a required input is missing a form opens, in steps of five, and is handed in as values', async () => {
  const requests: Request[] = []
  const { discord } = await openDiscord({}, async request => {
    requests.push(request)
    if (!request.values) void request.openForm?.(form())
  })
  const one = await isForm(discord.slash('errand run', { instruction: 'brief' }))
  expect(one.data?.title).toBe('brief 1 of 2')
  expect(labels(one)).toEqual(['topic', 'notes', 'tone', 'words', 'sources'])
  const step = discord.submit(one, {
    ...{ topic: 'Winter', notes: 'two\nlines', tone: ['playful'] },
    sources: [{ name: 'a.md', text: 'a' }],
  })
  await eventually(() => expect(discord.seen(step)).toContain('5 of 7 inputs of `brief` are filled in.\n[Next]'))
  const two = await isForm(discord.press(onlySeen(step), 'Next'))
  expect(labels(two)).toEqual(['publish', 'due'])
  const last = discord.submit(two, { publish: ['yes'] })
  await eventually(() => expect(requests).toHaveLength(2))
  expect(requests[1]).toMatchObject({
    ...{ key: last.id, text: 'brief' },
    values: { topic: 'Winter', notes: 'two\nlines', tone: 'playful', words: '800', publish: 'yes' },
  })
  expect(requests[1]?.values?.sources).toMatchObject([{ name: 'a.md' }])
  expect(requests[1]?.values).not.toHaveProperty('due')
})

test('the form of Edit and retry opens at once, and what needs no form is acknowledged at once', async () => {
  const waiting: Request[] = []
  const { discord, platform, place } = await openDiscord({}, async request => void waiting.push(request))
  const actions = [{ label: 'Edit and retry', command: 'edit 4x7k2m9q' }]
  await platform.post(place, { step: 'result', text: 'It failed.', actions }, 'a/result')
  const [post] = discord.messages()
  if (!post) throw new Error('no post')
  const pressed = discord.press(post, 'Edit and retry')
  await eventually(() => expect(waiting).toHaveLength(1))
  await waiting[0]?.openForm?.(form())
  expect(labels(await isForm(pressed))).toContain('topic')

  discord.slash('errand run', { instruction: 'brief', inputs: 'tyres' })
  await eventually(() => expect(waiting).toHaveLength(2))
  await waiting[1]?.acknowledged
  expect(waiting[1]?.acknowledged).toBeDefined()
})

test('what does not fit is named privately, with a button that opens the form filled in', async () => {
  const problems = [{ field: 'due', message: '`due` must be a day as YYYY-MM-DD; you gave `soon`.' }]
  const { discord } = await openDiscord({}, async request => {
    void request.openForm?.(form({ values: request.values ?? {}, problems }))
  })
  const asked = discord.slash('brief', { topic: 'Winter', due: 'soon', sources: { name: 'a.md', text: 'a' } })
  await eventually(() => expect(discord.seen(asked)).toContain('you gave `soon`.\n[Fill in again]'))
  const again = await isForm(discord.press(onlySeen(asked), 'Fill in again'))
  const fields = again.data?.components as { component: { value?: string; required?: boolean } }[]
  expect(fields[0]?.component.value).toBe('Winter')
  const next = discord.submit(again, {})
  await eventually(() => expect(discord.seen(next)).toContain('[Next]'))
})

test('a message becomes the text and the material of the instruction that is picked', async () => {
  const { discord, requests } = await openDiscord()
  const message = discord.say('Winter tyres', { files: [{ name: 'notes.md', text: 'n' }] })
  const asked = discord.runOn(message, 'Run with Errand')
  await eventually(() => expect(discord.seen(asked)).toContain('<brief>'))
  const one = await isForm(discord.choose(onlySeen(asked), ['brief']))
  const step = discord.submit(one, {})
  await eventually(() => expect(discord.seen(step)).toContain('[Next]'))
  discord.submit(await isForm(discord.press(onlySeen(step), 'Next')), {})
  await eventually(() => expect(requests).toHaveLength(1))
  expect(requests[0]?.values).toMatchObject({ topic: 'Winter tyres', sources: [{ name: 'notes.md' }] })
})

test('where a menu has no room for all instructions, it says that there are more', async () => {
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`brief-${i}`, BRIEF]))
  const { discord, change } = await openDiscord({ instructions: many(25) })
  const offered = async () => {
    const asked = discord.runOn(discord.say('Winter tyres'), 'Run with Errand')
    return await eventually(() => onlySeen(asked).content)
  }
  expect(await offered()).toBe('What shall I run with this message?')
  change(many(32))
  expect(await offered()).toBe('What shall I run with this message? These are 25 of 32; `/errand run` has all of them.')
})

test('files of a mention and long texts survive Fill in, unless something else is given', async () => {
  const LONG = 'word '.repeat(1200)
  const requests: Request[] = []
  const { discord, platform } = await openDiscord({}, async request => {
    requests.push(request)
    if (requests.length === 2) void request.openForm?.(form({ values: request.values ?? {} }))
  })
  discord.say('<@900> brief', { files: [{ name: 'notes.md', text: 'hello' }] })
  await eventually(() => expect(requests).toHaveLength(1))
  const [asked] = requests
  if (!asked) throw new Error('nothing was asked')
  const values = { notes: LONG, sources: asked.files }
  await platform.whisper(asked, 'What is missing?', [{ label: 'Fill in', command: 'brief', values }])
  const reply = await eventually(() => {
    const message = discord.messages().find(({ components }) => components.length > 0)
    if (!message) throw new Error('no reply')
    return message
  })
  const one = await isForm(discord.press(reply, 'Fill in'))
  expect(fieldIn(one, 'notes')).toMatchObject({ description: 'kept unless you write here: 6000 characters' })
  const step = discord.submit(one, { topic: 'Winter' })
  await eventually(() => expect(discord.seen(step)).toContain('[Next]'))
  const two = await isForm(discord.press(onlySeen(step), 'Next'))
  expect(fieldIn(two, 'sources')).toMatchObject({ description: 'kept unless you upload: notes.md' })
  discord.submit(two, {})
  await eventually(() => expect(requests).toHaveLength(3))
  expect(requests[2]?.values).toMatchObject({ topic: 'Winter', notes: LONG })
  const files = requests[2]?.values?.sources as Upload[] | undefined
  expect(files?.[0] && (await readAll(files[0].open()))).toBe('hello')
  const again = discord.submit(one, { topic: 'Winter', notes: 'short' })
  await eventually(() => expect(discord.seen(again)).toContain('[Next]'))
  discord.submit(await isForm(discord.press(onlySeen(again), 'Next')), {})
  await eventually(() => expect(requests).toHaveLength(4))
  expect(requests[3]?.values).toMatchObject({ notes: 'short' })
})

/** A form of the material that two fields keep, and each step that was handed in. */
async function keepsTwo(given: Parameters<typeof openDiscord>[0] = {}) {
  const requests: Request[] = []
  const world = await openDiscord(given, async request => {
    requests.push(request)
    if (requests.length === 1)
      void request.openForm?.(
        form({ values: { topic: 'Winter', notes: 'x'.repeat(4001), sources: 'job:4x7k2m9q/a.md' }, problems: [] }),
      )
  })
  const { discord } = world
  const next = async (opened: Interaction, values: Parameters<typeof discord.submit>[1]) => {
    const step = discord.submit(opened, values)
    await eventually(() => expect(discord.seen(step)).toContain('[Next]'))
    return await isForm(discord.press(onlySeen(step), 'Next'))
  }
  const one = await isForm(discord.slash('errand run', { instruction: 'brief' }))
  return { ...world, requests, one, next }
}

test('what a form keeps can be left out, and what stays together is one step', async () => {
  const { discord, requests, one, next } = await keepsTwo()
  expect([one.data?.title, labels(one)]).toEqual([
    'brief 1 of 2',
    ['topic', 'notes', 'What notes keeps', 'tone', 'words'],
  ])
  const menu = fieldIn(one, 'What notes keeps')?.component
  expect(menu?.options).toEqual([
    { label: 'keep it', value: 'keep', default: true },
    { label: 'leave it out', value: 'drop' },
  ])
  const two = await next(one, { 'What notes keeps': ['drop'] })
  expect([two.data?.title, labels(two)]).toEqual(['brief 2 of 2', ['sources', 'What sources keeps', 'publish', 'due']])
  discord.submit(two, { 'What sources keeps': ['drop'] })
  await eventually(() => expect(requests).toHaveLength(2))
  expect(Object.keys(requests[1]?.values ?? {})).toEqual(['topic', 'words'])
})

test('what is kept stays when it is to be kept, and what is given instead replaces it', async () => {
  const { discord, requests, one, next } = await keepsTwo()
  const two = await next(one, { 'What notes keeps': ['keep'] })
  discord.submit(two, { 'What sources keeps': ['drop'], sources: [{ name: 'b.md', text: 'b' }] })
  await eventually(() => expect(requests).toHaveLength(2))
  expect(requests[1]?.values).toMatchObject({ notes: 'x'.repeat(4001), sources: [{ name: 'b.md' }] })
  discord.submit(two, {})
  await eventually(() => expect(requests).toHaveLength(3))
  expect(requests[2]?.values).toMatchObject({ sources: 'job:4x7k2m9q/a.md' })
})

test('what a required input keeps can only be replaced', async () => {
  const source = '---\ndescription: Go\ninputs:\n  sources: { type: file, max: 2, required: true }\n---\n{{sources}}'
  const inputs = instructionsOf({ go: source }).byName.get('go')?.inputs ?? []
  const { discord } = await openDiscord({ instructions: { go: source } }, async request => {
    void request.openForm?.({ ...form({ values: { sources: 'job:4x7k2m9q/a.md' } }), instruction: 'go', inputs })
  })
  expect(labels(await isForm(discord.slash('errand run', { instruction: 'go' })))).toEqual(['sources'])
})
