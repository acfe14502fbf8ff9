import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ANN, makeWorld, toEnd, until } from '../support/world.ts'

const FIXTURE = fileURLToPath(new URL('../fixtures/claude-fixture.mjs', import.meta.url))
const partial = (event: object, parent: string | null = null) => [
  'line',
  { type: 'stream_event', event, parent_tool_use_id: parent },
]
const delta = (text: string, parent: string | null = null) =>
  partial({ type: 'content_block_delta', delta: { type: 'text_delta', text } }, parent)

test('a text is seen while it is written, from its latest beginning, and is a line only once', async () => {
  const steps = [
    partial({ type: 'message_start' }),
    delta('A text that a cut connection takes ba'),
    partial({ type: 'message_start' }),
    delta('Once '),
    delta('of a sub-agent', 'toolu_1'),
    delta('upon'),
    partial({ type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm' } }),
    ['sleep', 300],
    ['say', 'Once upon a time'],
    ['result', 'done'],
  ]
  const instructions = { tell: `---\ndescription: Tell\n---\nDO ${JSON.stringify(steps)}` }
  await using world = await makeWorld({ instructions, bin: FIXTURE })
  const { id } = await world.engine.submit({ instruction: 'tell', inputs: {}, origin: ANN })
  const drafts: string[] = []
  for await (const draft of world.engine.drafts(id, AbortSignal.timeout(5000))) {
    drafts.push(draft)
    if (draft === '' && drafts.includes('Once upon')) break
  }
  expect(drafts.join('\n')).not.toMatch(/sub-agent|hm/)
  await until(world.engine, id, ({ text }) => text === 'Once upon a time')
  const { events } = await toEnd(world.engine, id)
  expect(events.map(({ kind }) => kind)).toEqual(['status', 'status', 'text', 'result', 'status'])
})
