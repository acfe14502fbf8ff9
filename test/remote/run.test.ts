import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, serverFor } from './command-line.ts'

test('a job is run with words, flags and files, its thread is shown, and its files come here', async () => {
  const { errand, world } = await serverFor({})
  const dir = await folder()
  await writeFile(join(dir, 'notes.md'), '7 °C')
  await writeFile(join(dir, 'more.md'), 'x')
  const files = [`sources=${join(dir, 'notes.md')}`, '--file', `sources=${join(dir, 'more.md')}`]
  const ran = await errand(
    'run',
    'brief',
    'Winter',
    'tyres',
    '--words',
    '600',
    '--publish',
    '--tone=formal',
    ...files,
    '-f',
  )
  expect(ran).toMatchObject({ status: 0, err: '' })
  expect(ran.out).toMatch(
    /^brief · Winter tyres — queued, 1st[\s\S]*— done\n {2}It is ready\.\n {2}done in .*1 file\nbrief\.md +11 B\nerrand files \w{8} --to <folder> brings them here$/,
  )

  const [job] = (await world.engine.jobs({ limit: 1 })).jobs
  const { topic, words, publish, tone, sources } = job?.inputs ?? {}
  expect({ topic, words, publish, tone }).toEqual({ topic: 'Winter tyres', words: 600, publish: true, tone: 'formal' })
  expect(sources).toMatchObject([{ name: 'notes.md', bytes: 5 }, { name: 'more.md' }])

  const id = job?.id ?? ''
  expect((await errand('files', id)).out).toMatch(/^brief\.md\s+11 B\n/)
  const to = join(dir, 'here', 'deep')
  expect(await errand('files', id, '--to', to)).toMatchObject({ status: 0, out: `1 file of job ${id} is in ${to}.` })
  expect(await readFile(join(to, 'brief.md'), 'utf8')).toBe('About tyres')
  const again = await errand('files', id, '--to', to)
  expect(again).toMatchObject({ status: 1, out: '', err: expect.stringContaining('there is a file of this name') })
  expect(await readdir(to)).toEqual(['brief.md'])
})

test('an output of an earlier job is an input beside a file of this folder', async () => {
  const { errand, world } = await serverFor({})
  const dir = await folder()
  await writeFile(join(dir, 'notes.md'), 'x')
  const first = JSON.parse((await errand('run', 'brief', 'One', '--wait', '--json')).out)
  expect(first).toMatchObject({ status: 'succeeded', outputs: [{ path: 'brief.md', bytes: 11 }] })
  const files = [`sources=job:${first.id}/brief.md`, `sources=${join(dir, 'notes.md')}`]
  expect((await errand('run', 'brief', 'Two', ...files)).out).toMatch(
    /asked by admin · job \w{8} · errand log -f \w{8}/,
  )
  const [second] = (await world.engine.jobs({ limit: 1 })).jobs
  expect(second?.inputs.sources).toMatchObject([{ name: 'brief.md' }, { name: 'notes.md' }])
})

test('a file that came otherwise than it was made is refused, and nothing of it stays', async () => {
  const { errand, world } = await serverFor({})
  const { id } = JSON.parse((await errand('run', 'brief', 'One', '--wait', '--json')).out)
  const file = (await world.engine.job(id))?.outputs[0]?.file ?? ''
  await chmod(file, 0o644)
  await writeFile(file, 'About bikes')
  const to = await folder()
  const { status, err } = await errand('files', id, '--to', to)
  expect([status, err]).toEqual([1, expect.stringContaining('another checksum')])
  expect(await readdir(to)).toEqual([])
})

test('a job that failed ends what waits for it with 1', async () => {
  const failing = '---\ndescription: Fail\n---\nDO [["fail", {"result": "No."}]]'
  const { errand } = await serverFor({ instructions: { failing } })
  const { status, out } = await errand('run', 'failing', '--wait')
  expect([status, out]).toEqual([
    1,
    expect.stringMatching(/failing — failed[\s\S]*`?errand log \w{8}`? shows every step/),
  ])
})

test('what is wrong with a command line is said at once, and nothing starts', async () => {
  const { errand, world } = await serverFor({})
  const wrong = async (...args: string[]) => {
    const { status, out, err } = await errand('run', ...args)
    return [status, out + err]
  }
  expect(await wrong('brief', 'words=many', 'tone=loud')).toEqual([
    2,
    [
      '`topic` is required: text of at most 3000 characters.',
      '`words` must be a whole number from 100 to 5000; you gave `many`.',
      '`tone` must be one of plain, formal; you gave `loud`.',
    ].join('\n'),
  ])
  expect(await wrong('brief', 'topik=x')).toEqual([2, '`brief` has no input `topik`: did you mean `topic`?'])
  expect(await wrong('brief', '--colour', 'red')).toEqual([2, expect.stringContaining('it has topic, words, tone')])
  expect(await wrong('brief', 'topic=Winter', 'tyres')).toEqual([2, expect.stringContaining('in quotes')])
  expect(await wrong('brief', 'topic=a', 'topic=b')).toEqual([2, '`topic` is given twice.'])
  expect(await wrong('brief', 'a', '--words')).toEqual([2, '`--words` needs a value behind it.'])
  expect(await wrong('brief', 'a', 'sources=no-such.md')).toEqual([
    2,
    expect.stringMatching(/^`no-such\.md` is no file that can be read\. Paths count/),
  ])
  expect(await wrong('brieff', 'a')).toEqual([2, 'There is no instruction `brieff`: did you mean `brief`?'])
  expect(await wrong('poem', 'a')).toEqual([2, 'There is no instruction `poem`. There are: brief.'])
  expect((await world.engine.jobs({ limit: 5 })).jobs).toEqual([])
})
