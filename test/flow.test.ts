import { readFile, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import type { Script } from '../src/demo/conversation.ts'
import { demoScript } from '../src/demo/script.ts'
import { ANN, makeWorld, toEnd } from './support/world.ts'

const brief = await readFile('instructions/brief.md', 'utf8')
const notes = { name: 'notes.md', open: () => Readable.from(['# Notes\n7 °C is the limit.\n']) }

test('the real CLI answers, uses its tools and leaves files', async () => {
  await using world = await makeWorld({ instructions: { brief }, model: demoScript })
  const submitted = await world.engine.submit({
    instruction: 'brief',
    inputs: { topic: 'Winter tyres', sources: [notes] },
    origin: ANN,
  })
  expect(submitted).toMatchObject({ instruction: 'brief', title: 'Winter tyres', actorName: 'ann' })

  const { job, events } = await toEnd(world.engine, submitted.id)
  expect(job).toMatchObject({ status: 'succeeded', attempt: 1, failure: null })
  expect(job.result).toContain('The brief about **Winter tyres** is ready.')
  expect(job.costUsd).toBeGreaterThan(0)
  expect(job.usage?.outputTokens).toBeGreaterThan(100)

  expect(job.outputs.map(({ path }) => path)).toEqual(['brief.md', 'sources.md'])
  for (const output of job.outputs) {
    const { size, mode } = await stat(output.file)
    expect([size, mode & 0o777]).toEqual([output.bytes, 0o444])
  }
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  const said = events.filter(({ kind }) => kind === 'tool_use').map(({ text }) => text)
  expect(said).toContain('reading inputs/notes.md')
  expect(said).toContain('writing brief.md')
  expect(events.find(({ kind, text }) => kind === 'tool_result' && text.includes('7 °C'))).toBeDefined()
  expect(events.find(({ steps }) => steps)?.steps?.[0]).toEqual({ text: 'Read what you gave me', state: 'doing' })
  expect(events.at(-1)).toMatchObject({ kind: 'status', status: 'succeeded' })
})

test('a tool that the instruction does not allow never runs', async () => {
  const script: Script = conversation => {
    const results = conversation.filter(({ role }) => role === 'tool')
    if (results.length > 0) return { text: `It said: ${results.at(-1)?.text}` }
    return {
      text: '',
      tools: [{ name: 'Bash', input: { command: 'touch made-by-bash.md', description: 'make a file' } }],
    }
  }
  await using world = await makeWorld({ instructions: { ask: '---\ndescription: Ask\n---\nGo' }, model: script })
  const { id } = await world.engine.submit({ instruction: 'ask', inputs: {}, origin: ANN })
  const { job } = await toEnd(world.engine, id)
  expect(job.status).toBe('succeeded')
  expect(job.result).toMatch(/No such tool available|not allow/)
  expect(job.outputs).toEqual([])
})

test('a job that a restart stopped before its session was written begins anew', async () => {
  const sources = { ask: '---\ndescription: Answer\n---\nSay it.' }
  await using world = await makeWorld({ instructions: sources, model: () => ({ text: 'Here it is.' }) })
  const { id } = await world.engine.submit({ instruction: 'ask', inputs: {}, origin: ANN })
  const started = () => world.db.selectFrom('attempt').select('pid').where('job', '=', id).executeTakeFirst()
  await vi.waitFor(async () => expect((await started())?.pid).toBeGreaterThan(0), { timeout: 30_000, interval: 2 })
  const engine = await world.restart()
  const { job } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'succeeded', attempt: 2, result: 'Here it is.' })
})
