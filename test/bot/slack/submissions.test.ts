import { expect, onTestFinished, test } from 'vitest'
import { formOf } from '../../../src/bot/form.ts'
import type { Request } from '../../../src/bot/platform.ts'
import type { Mistake } from '../../../src/engine/instructions/instruction.ts'
import { eventually } from '../../support/eventually.ts'
import type { Fields } from '../../support/slack-fields.ts'
import { makeSlack, openForm } from '../../support/slack-world.ts'
import { instructionsOf } from '../../support/world.ts'

const briefOf = (...inputs: string[]) =>
  `---\ndescription: Write a brief\ninputs:\n${inputs.map(input => `  ${input}\n`).join('')}---\nGo`
const TOPIC = 'topic: { type: text, required: true }'
const NOTES = 'notes: { type: text }'
const SUBJECT = 'subject: { type: text, required: true }'

/** A form of the instruction, open in front of Ann, and what is handed in from then on. */
async function withForm() {
  let loaded = instructionsOf({ brief: briefOf(TOPIC, NOTES) })
  const world = await makeSlack({ instructions: () => loaded })
  const requests: Request[] = []
  const start = async () => {
    const platform = world.make()
    await platform.start(async request => void requests.push(request))
    return platform
  }
  let platform = await start()
  onTestFinished(() => platform.stop())
  await world.ann.command('brief')
  const brief = loaded.byName.get('brief')
  const [asked] = requests.splice(0)
  if (!brief || !asked) throw new Error('nothing was asked')
  await asked.openForm?.(formOf(brief, {}))
  return {
    ...{ ...world, requests },
    change: (next: Record<string, string>) => {
      loaded = instructionsOf(next)
    },
    spoil: (mistake: Mistake) => {
      loaded = { ...instructionsOf({}), mistakes: [mistake] }
    },
    restart: async () => {
      await platform.stop()
      platform = await start()
    },
  }
}

type View = { blocks: Fields[]; private_metadata: string; callback_id: string }

test('a form that was opened before a restart is taken after it, and sent twice it is one request', async () => {
  const { ann, requests, restart } = await withForm()
  await restart()
  await ann.submit({ topic: { value: 'Winter' } })
  await ann.submit({ topic: { value: 'Winter' } })
  expect(requests[0]).toMatchObject({ text: 'brief', values: { topic: 'Winter' } })
  expect(new Set(requests.map(({ key }) => key)).size).toBe(1) // and a key is taken once
})

test('an input that was renamed meanwhile is named, and the form is drawn anew with the rest', async () => {
  const { ann, server, requests, change } = await withForm()
  change({ brief: briefOf(SUBJECT, NOTES) })
  const { payload } = await ann.submit({ topic: { value: 'Winter' }, notes: { value: 'soon' } })
  const { response_action, view } = payload as { response_action: string; view: View }
  expect([response_action, requests]).toEqual(['update', []])
  expect(JSON.stringify(view.blocks)).toContain(
    '! `topic` is not an input of this instruction, which has subject, notes.',
  )
  expect(view.blocks.flatMap(({ block_id }) => block_id ?? [])).toEqual(['subject', 'notes'])
  expect(view.blocks.at(-1)).toMatchObject({ element: { initial_value: 'soon' } })
  const values = { subject: { value: { value: 'Winter' } }, notes: { value: { value: 'soon' } } }
  const user = { id: server.ann, name: 'ann' }
  const sent = { id: 'V2', callback_id: view.callback_id, private_metadata: view.private_metadata, state: { values } }
  await server.deliver('interactive', { type: 'view_submission', user, team: { id: 'T' }, view: sent })
  expect(requests).toMatchObject([{ text: 'brief', values: { subject: 'Winter', notes: 'soon' } }])
})

test('an input that is gone and was left empty is not missed', async () => {
  const { ann, requests, change } = await withForm()
  change({ brief: briefOf(TOPIC) })
  await ann.submit({ topic: { value: 'Winter' } })
  expect(requests.map(({ values }) => values)).toEqual([{ topic: 'Winter' }])
})

test('the form of an instruction that was removed is handed in as the command that nobody knows', async () => {
  const { ann, requests, change } = await withForm()
  change({})
  await ann.submit({ topic: { value: 'Winter' } })
  expect(requests.map(({ text }) => text)).toEqual(['brief'])
})

test('the form of an instruction whose file has a mistake by now stays open and says it', async () => {
  const { ann, requests, spoil } = await withForm()
  spoil({ file: 'brief.md', line: 3, message: '`max` must be a number.' })
  const { payload } = await ann.submit({ topic: { value: 'Winter' } })
  const topic = '`brief` cannot run now: brief.md, line 3: `max` must be a number.'
  expect(payload).toEqual({ response_action: 'errors', errors: { topic } })
  expect(requests).toEqual([])
})

test('guests are not even told what there is to run', async () => {
  const { server, make, ann } = await makeSlack({ instructions: () => instructionsOf({ brief: briefOf(TOPIC) }) })
  server.patches.push({ method: 'users.info', user: { is_restricted: true } })
  const platform = make()
  await platform.start(async () => {})
  onTestFinished(() => platform.stop())
  await ann.shortcut({ ts: '1.1', text: 'hi' })
  await eventually(() =>
    expect(JSON.stringify(openForm(server).blocks)).toContain('I do not work for guests of this workspace'),
  )
})

test('a button whose value is broken, or stands for nothing, starts nothing and is answered', async () => {
  const { server, requests, shown } = await withForm()
  for (const action of [
    { action_id: 'ask-0', value: '{"label":' },
    { action_id: 'ask-0', value: '{"label":1}' },
    { action_id: 'kept-0', value: 'x'.repeat(22) },
  ]) {
    const before = shown().length
    await server.deliver('interactive', {
      ...{ type: 'block_actions', user: { id: server.ann, username: 'ann' }, team: { id: 'T000000001' } },
      ...{ channel: { id: server.channel }, container: { type: 'message', channel_id: server.channel } },
      ...{ trigger_id: await server.trigger(), response_url: server.responseUrl(), actions: [action] },
    })
    await eventually(() => expect(shown().slice(before)).toContain('This is too old; nothing was started.'))
  }
  expect(requests).toEqual([])
})
