import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { watchInstructions } from '../../../src/engine/instructions/watch.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createFakeLog } from '../../fakes/log.ts'

const file = (prompt: string) => `---\ndescription: A test\n---\n${prompt}\n`

/** A watched folder that holds the instruction `brief`, and a clock that moves from look to look. */
async function watched(files: Record<string, string> = { 'brief.md': file('One.') }) {
  const root = await mkdtemp(join(tmpdir(), 'watched-'))
  const dir = join(root, 'instructions')
  await mkdir(dir)
  const write = (name: string, content: string) => writeFile(join(dir, name), content)
  for (const [name, content] of Object.entries(files)) await write(name, content)
  const { log, lines } = createFakeLog()
  const clock = createFakeClock()
  let asleep = Promise.withResolvers<void>()
  const sleep: typeof clock.sleep = (ms, signal) => {
    const slept = clock.sleep(ms, signal)
    asleep.resolve()
    return slept
  }
  const stopping = new AbortController()
  const watch = await watchInstructions(dir, { clock: { now: clock.now, sleep }, log, signal: stopping.signal })
  onTestFinished(async () => {
    watch.stop()
    await rm(root, { recursive: true })
  })
  return {
    root,
    dir,
    write,
    clock,
    watch,
    stopping,
    /** What the log says, as level and words: 30 is info, 40 a warning. */
    said: () => lines.splice(0).map(({ level, msg }) => `${level} ${msg}`),
    prompts: () => Object.fromEntries([...watch.current().byName].map(([name, { prompt }]) => [name, prompt])),
    /** The watch looks so many times at the folder. */
    looks: async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        asleep = Promise.withResolvers()
        await clock.advance(2000)
        await asleep.promise
      }
    },
  }
}

test('a change is taken up once the folder stayed the same from one look to the next', async () => {
  const { write, looks, prompts, said } = await watched()
  await looks(2)
  expect(prompts()).toEqual({ brief: 'One.' })
  await write('brief.md', file('Two.'))
  await write('draft.md', file('Three.'))
  await looks(1)
  expect(prompts()).toEqual({ brief: 'One.' })
  await looks(1)
  expect(prompts()).toEqual({ brief: 'Two.', draft: 'Three.' })
  expect(said()).toEqual(['30 the instructions folder has changed: 2 can be run now'])
  await looks(3)
  expect(said()).toEqual([])
})

test('a file that goes takes its instruction along', async () => {
  const { dir, write, looks, prompts } = await watched()
  await write('draft.md', file('Two.'))
  await rm(join(dir, 'brief.md'))
  await looks(2)
  expect(prompts()).toEqual({ draft: 'Two.' })
})

test('while a file is being written its earlier text stays', async () => {
  const { write, looks, prompts, said } = await watched()
  for (const half of ['---\n', '---\ndescription: A', '---\ndescription: A test\n---\n']) {
    await write('brief.md', half)
    await looks(1)
    expect(prompts()).toEqual({ brief: 'One.' })
  }
  await write('brief.md', file('Two.'))
  await looks(2)
  expect(prompts()).toEqual({ brief: 'Two.' })
  expect(said()).toEqual(['30 the instructions folder has changed: 1 can be run now'])
})

test('a replaced file of the same size is seen', async () => {
  const { dir, write, looks, prompts } = await watched()
  await write('next', file('Two.'))
  await rename(join(dir, 'next'), join(dir, 'brief.md'))
  await looks(2)
  expect(prompts()).toEqual({ brief: 'Two.' })
})

test('mcp.json and reference folders are part of it, and what else lies there is not', async () => {
  const { dir, write, looks, watch, said } = await watched()
  await write('mcp.json', '{ "mcpServers": { "crm": { "command": "crm" } } }')
  await mkdir(join(dir, 'brief'))
  await looks(2)
  expect([...watch.current().mcpServers.keys()]).toEqual(['crm'])
  expect(watch.current().byName.get('brief')?.reference).toMatch(/instructions\/brief$/)
  said()
  for (const noise of ['.brief.md.swp', 'notes.txt', 'brief.md~']) await write(noise, String(Math.random()))
  await looks(2)
  expect(said()).toEqual([])
})

test('a mistake is logged once as it comes and once as it goes, wherever its line is by then', async () => {
  const broken = '---\ndescription: A test\nmodell: x\n---\nDo it.\n'
  const { write, looks, said } = await watched({ 'brief.md': broken })
  const words = '`modell` is not a key that I know: remove it or correct its name.'
  expect(said()).toEqual([`40 brief.md, line 3: ${words}`])
  await write('draft.md', file('Two.'))
  await looks(2)
  await write('brief.md', broken.replace('---', '---\n# a comment'))
  await looks(2)
  await write('brief.md', file('One.'))
  await looks(2)
  expect(said()).toEqual([
    '30 the instructions folder has changed: 1 can be run now',
    '30 the instructions folder has changed: 1 can be run now',
    `30 mended: brief.md, line 4: ${words}`,
    '30 the instructions folder has changed: 2 can be run now',
  ])
})

test('a folder that vanishes keeps what was loaded, and is said once', async () => {
  const { root, dir, looks, prompts, said } = await watched()
  await rename(dir, join(root, 'away'))
  await looks(4)
  expect(prompts()).toEqual({ brief: 'One.' })
  expect(said()).toEqual(['40 what was loaded from the instructions folder stays'])
  await mkdir(dir)
  await writeFile(join(dir, 'draft.md'), file('Two.'))
  await looks(1)
  expect(said()).toEqual([`30 the instructions folder ${dir} can be read again`])
  await looks(1)
  expect(prompts()).toEqual({ draft: 'Two.' })
})

test('a folder that is not there at first is an error', async () => {
  const { log } = createFakeLog()
  const watch = watchInstructions(join(tmpdir(), 'no-such-folder'), { clock: createFakeClock(), log })
  await expect(watch).rejects.toThrow(/no-such-folder cannot be read .* set INSTRUCTIONS_DIR/)
})

test.each(['its own stop', 'the signal'])('%s ends the watch, and what was loaded stays', async how => {
  const { clock, watch, stopping, write, prompts } = await watched()
  if (how === 'the signal') stopping.abort()
  else watch.stop()
  await write('brief.md', file('Two.'))
  await clock.advance(60_000)
  expect(prompts()).toEqual({ brief: 'One.' })
})
