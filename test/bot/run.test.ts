import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import type { Request } from '../../src/bot/platform.ts'
import { submitRun } from '../../src/bot/run.ts'
import { openDatabase } from '../../src/db/connect.ts'
import type { Upload } from '../../src/engine/instructions/upload.ts'
import { UserError } from '../../src/errors.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEngine } from '../fakes/engine.ts'
import { INSTRUCTIONS } from './brief.ts'

const upload = (name: string): Upload => ({ name, open: () => Readable.from(['x']) })

/** An engine in which job 4x7k2m9q has the output `brief.md`, and `run`, which runs `brief` with these inputs there. */
async function start() {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const engine = createFakeEngine({ db, clock: createFakeClock(), instructions: INSTRUCTIONS })
  engine.offer('4x7k2m9q', 'brief.md', upload('the brief'))
  const run = async (inputs: Record<string, string>, changes: Partial<Request> = {}) => {
    const who = { actor: 'user:test:ann', actorName: 'ann', place: 'channel:test:one', thread: null, files: [] }
    const request: Request = { key: 'r1', text: 'brief …', ...who, ...changes }
    await submitRun({ kind: 'run', instruction: 'brief', inputs }, request, { engine, platform: 'test' })
    const submission = engine.submitted.at(-1)
    if (!submission) throw new Error('nothing was submitted')
    return submission
  }
  const filesOf = async (...how: Parameters<typeof run>) =>
    ((await run(...how)).inputs.sources as Upload[]).map(({ name }) => name)
  return { engine, run, filesOf }
}

test('an output of an earlier job is given as a file, also where no other name can be opened', async () => {
  const { filesOf } = await start()
  expect(await filesOf({ sources: 'job:4x7k2m9q/brief.md' })).toEqual(['the brief'])
})

test('outputs and files of the platform may stand together, in the order of the command', async () => {
  const { filesOf } = await start()
  const openFile = async (name: string) => upload(`opened ${name}`)
  expect(await filesOf({ sources: 'a.md\njob:4X7K2M9Q/brief.md\n\nb.md' }, { openFile })).toEqual([
    'opened a.md',
    'the brief',
    'opened b.md',
  ])
})

test('an output is asked for by who asks, where it is asked', async () => {
  const { engine, run } = await start()
  const asked: unknown[] = []
  engine.openOutput = async (id, path, { actor, place }) => {
    asked.push([id, path, actor, place])
    return upload(path)
  }
  await run({ sources: 'job:4x7k2m9q/a/b.md' }, { actor: 'user:test:ben', place: 'channel:test:two' })
  expect(asked).toEqual([['4x7k2m9q', 'a/b.md', 'user:test:ben', 'channel:test:two']])
})

test.each([
  ['job:4x7k2m9q/other.md', 'There is no file `other.md` of job `4x7k2m9q` here.'],
  ['job:4x7k/brief.md', "`sources` names a job's file as `job:<id>/<path>`; you gave `job:4x7k/brief.md`."],
  ['job:4x7k2m9q', "`sources` names a job's file as `job:<id>/<path>`; you gave `job:4x7k2m9q`."],
  [
    'brief.md',
    'Attach the file for `sources` to your message, or name an output as `job:<id>/<path>`; other names I cannot open.',
  ],
])('%s starts nothing, and says why', async (sources, why) => {
  const { engine, run } = await start()
  await expect(run({ sources })).rejects.toThrow(new UserError(why))
  expect(engine.submitted).toEqual([])
})

test('a text that only looks like an output of a job stays a text', async () => {
  const { run } = await start()
  expect((await run({ topic: 'job:4x7k2m9q/brief.md' })).inputs).toEqual({ topic: 'job:4x7k2m9q/brief.md' })
})

test('the roles of who asks go along, where there are any', async () => {
  const { run } = await start()
  expect((await run({ topic: 'x' }, { roles: ['role:test:7'] })).origin).toMatchObject({ roles: ['role:test:7'] })
  expect((await run({ topic: 'x' })).origin).not.toHaveProperty('roles')
})
