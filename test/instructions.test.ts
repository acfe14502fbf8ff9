import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCommand } from '../src/bot/commands.ts'
import type { Request } from '../src/bot/platform.ts'
import { whoAsks } from '../src/bot/platform.ts'
import { submitRun } from '../src/bot/run.ts'
import { anyRequest } from '../src/demo/any-request.ts'
import type { Engine } from '../src/engine/engine.ts'
import { exampleInputs } from '../src/engine/instructions/examples.ts'
import type { JobView } from '../src/engine/view.ts'
import { ANN, makeWorld, toEnd } from './support/world.ts'

const FOLDER = join(import.meta.dirname, '../instructions')

test('every example of every instruction that comes along succeeds, and makes the files that it promises', async () => {
  await using world = await makeWorld({ instructions: FOLDER, model: anyRequest })
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
  await using world = await makeWorld({ instructions: FOLDER, model: anyRequest })
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
  const command = parseCommand(request, engine.instructions(), whoAsks(request))
  if (command.kind !== 'run') throw new Error(JSON.stringify(command))
  const { id } = await submitRun(command, request, { engine, platform: ANN.platform })
  return (await toEnd(engine, id)).job
}
