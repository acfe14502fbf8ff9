import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { whoAsks } from '../src/bot/access.ts'
import { parseCommand } from '../src/bot/commands.ts'
import type { Request } from '../src/bot/platform.ts'
import { submitRun } from '../src/bot/run.ts'
import type { Reply, Script } from '../src/demo/script.ts'
import type { Engine } from '../src/engine/engine.ts'
import { exampleInputs } from '../src/engine/instructions/examples.ts'
import type { JobView } from '../src/engine/view.ts'
import { ANN, makeWorld, toEnd } from './support/world.ts'

const FOLDER = join(import.meta.dirname, '../instructions')

/**
 * A model that knows no instruction: it reads every file that the prompt names, then makes every file that the prompt
 * describes, each out of the prompt's values and of all that it read.
 */
const diligent: Script = conversation => {
  const start = conversation.findIndex(({ role, text }) => role === 'user' && text.includes('<input name="'))
  const prompt = conversation[start]?.text ?? ''
  const given = namesIn(prompt, /(?:>|^)(inputs\/[^\n<]+)/gm)
  const toRead = [...given, ...namesIn(prompt, /`(reference\/[\w/-]+\.md)`/g)]
  const toWrite = namesIn(prompt, /^`([\w-]+\.\w+)` /gm)
  const values = namesIn(prompt, /<input name="\w+">([^<]+)</g)
  const wasRead = conversation.filter(({ role }) => role === 'tool').map(({ text }) => text)
  const steps: Reply[] = [
    ...(toRead.length > 0 ? [{ text: 'I read.', tools: toRead.map(readTool) }] : []),
    { text: 'I write.', tools: toWrite.map(writeTool([...values, ...wasRead].join('\n'))) },
  ]
  const taken = conversation.slice(start).filter(({ role }) => role === 'assistant').length
  return steps[taken] ?? { text: `Made ${toWrite.join(' and ')}.` }
}

const namesIn = (text: string, form: RegExp): string[] => [...text.matchAll(form)].map(([, name = '']) => name)

const readTool = (file_path: string) => ({ name: 'Read', input: { file_path } })

const writeTool = (text: string) => (file_path: string) => ({
  name: 'Write',
  input: { file_path, content: file_path.endsWith('.json') ? JSON.stringify({ text }) : text },
})

test('every example of every instruction that comes along succeeds, and makes the files that it promises', async () => {
  await using world = await makeWorld({ instructions: FOLDER, model: diligent })
  const { engine } = world
  const examples = [...engine.instructions().byName.values()].flatMap(instruction =>
    instruction.examples.map(example => ({ instruction, inputs: exampleInputs(instruction, example) })),
  )
  expect(examples.length).toBeGreaterThanOrEqual(3)
  const ends = examples.map(async ({ instruction, inputs }) => {
    const { id } = await engine.submit({ instruction: instruction.name, inputs, origin: ANN })
    const { job, events } = await toEnd(engine, id)
    expect(job).toMatchObject({ instruction: instruction.name, status: 'succeeded', message: null })
    expect(job.outputs.map(({ path }) => path)).toEqual([...(instruction.outputs ?? [])].sort())
    for (const { bytes } of job.outputs) expect(bytes).toBeGreaterThan(0)
    expect(events.filter(({ isError }) => isError)).toEqual([])
  })
  await Promise.all(ends)
})

test('research, brief and draft are three commands, each with the output of the one before', async () => {
  await using world = await makeWorld({ instructions: FOLDER, model: diligent })
  const { engine } = world
  const research = await ask(engine, 'brand-data brand="Kestrel Tyres" depth=quick')
  const brief = await ask(engine, `brief topic="Cold roads" brand=job:${research.id}/brand-notes.md`)
  const draft = await ask(
    engine,
    `draft brief=job:${brief.id}/brief.md sources=job:${brief.id}/sources.md words=600 The cold test`,
  )
  expect([research, brief, draft].map(({ title, status }) => [title, status])).toEqual([
    ['Kestrel Tyres', 'succeeded'],
    ['Cold roads', 'succeeded'],
    ['The cold test', 'succeeded'],
  ])
  const text = await readFile(draft.outputs.find(({ path }) => path === 'draft.md')?.file ?? '', 'utf8')
  for (const said of ['The cold test', 'Cold roads', 'Kestrel Tyres', 'House rules of writing']) {
    expect(text).toContain(said)
  }
})

/** Runs a command as somebody would type it in a chat, to the end of its job. */
async function ask(engine: Engine, text: string): Promise<JobView> {
  const request: Request = { ...ANN, key: text, text, thread: null, files: [] }
  const command = parseCommand(text, engine.instructions(), whoAsks(request))
  if (command.kind !== 'run') throw new Error(JSON.stringify(command))
  const { id } = await submitRun(command, request, { engine, platform: ANN.platform })
  return (await toEnd(engine, id)).job
}
