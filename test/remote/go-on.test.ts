import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bin, doing } from '../engine/conversations/fixture.ts'
import { toEnd, until } from '../support/world.ts'
import { folder, serverFor } from './command-line.ts'

const instructions = {
  fails: doing([
    ['say', 'here'],
    ['fail', { terminal_reason: 'api_error' }],
    ['exit', 1],
  ]),
  slow: doing([
    ['say', 'here'],
    ['sleep', 1500],
  ]),
}
const idIn = (out: string): string => /job (\w{8})/.exec(out)?.[1] ?? ''

test('a failed job is tried again and taken on', async () => {
  const { errand, world } = await serverFor({ instructions, bin })
  const id = idIn((await errand('run', 'fails')).out)
  await toEnd(world.engine, id)
  expect(await errand('retry', id)).toMatchObject({ status: 0, out: expect.stringContaining(`log -f ${id}`) })
  await until(world.engine, id, ({ status, attempt }) => status === 'failed' && attempt === 2)
  expect(await errand('resume', id)).toMatchObject({ status: 0 })
  await until(world.engine, id, ({ status, attempt }) => status === 'succeeded' && attempt === 3)
  expect(await errand('retry', id, '--current')).toMatchObject({
    status: 1,
    err: expect.stringContaining('has succeeded'),
  })
})

test('a reply goes on with a job, or is heard by it now', async () => {
  const { errand, world } = await serverFor({ instructions, bin })
  const id = idIn((await errand('run', 'slow')).out)
  await until(world.engine, id, ({ kind }) => kind === 'text')
  expect(await errand('reply', id, '--now', 'make', 'it', 'shorter')).toMatchObject({
    status: 0,
    out: '`slow` has heard it.',
  })
  expect((await toEnd(world.engine, id)).job.result).toBe('make it shorter')
  const next = idIn((await errand('reply', id, 'and', 'now?')).out)
  expect((await toEnd(world.engine, next)).job).toMatchObject({ parent: id, result: 'and now?' })
  expect(await errand('reply', id, 'x', '--now', '--instead')).toMatchObject({ status: 2 })
})

test('files go with a reply', async () => {
  const { errand, world } = await serverFor({ instructions, bin })
  const id = idIn((await errand('run', 'fails')).out)
  await toEnd(world.engine, id)
  const dir = await folder()
  const [notes, more] = [join(dir, 'notes.md'), join(dir, 'more.md')]
  for (const path of [notes, more]) await writeFile(path, 'seven')
  const next = idIn((await errand('reply', id, 'read', 'these', '--file', notes, more)).out)
  expect((await toEnd(world.engine, next)).job).toMatchObject({
    reply: 'read these',
    inputs: { files: [{ name: 'notes.md' }, { name: 'more.md' }] },
  })
  const none = await errand('reply', id, '--file', join(dir, 'none.md'))
  expect(none).toMatchObject({ status: 2, err: expect.stringContaining('is no file that can be read') })
  expect(await errand('reply', id)).toMatchObject({ status: 2, err: expect.stringContaining('Your reply is empty') })
})

test('a conversation is taken over and given back', async () => {
  const { errand, world } = await serverFor({ instructions, bin })
  const id = idIn((await errand('run', 'fails')).out)
  await toEnd(world.engine, id)
  expect((await errand('takeover', id)).out).toMatch(
    /until `?errand takeover --done \w{8}`?[\s\S]*\ncd .* --resume [0-9a-f-]{36}$/,
  )
  expect(await errand('takeover', id)).toMatchObject({ status: 1, err: expect.stringContaining('has taken') })
  expect(await errand('takeover', '--done', id)).toMatchObject({
    status: 0,
    out: `The conversation of job ${id} goes on.`,
  })
})
