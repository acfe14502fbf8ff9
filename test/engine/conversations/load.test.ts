import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'
import { bin, doing, todo } from './fixture.ts'

const CONVERSATIONS = 4
const REPLIES = 6

test('under load, through stops and a restart, no two processes ever work on one session', async () => {
  const instructions = {
    run: doing([
      ['say', 'here'],
      ['alone', 60],
      ['result', 'begun'],
    ]),
  }
  await using world = await makeWorld({ instructions, bin, slots: 8 })
  const first = await Promise.all(
    Array.from({ length: CONVERSATIONS }, () => world.engine.submit({ instruction: 'run', inputs: {}, origin: ANN })),
  )
  await Promise.all(first.map(({ id }) => until(world.engine, id, ({ kind }) => kind === 'text')))
  const text = todo([
    ['alone', 30],
    ['result', 'replied'],
  ])
  const replyTo = async (id: string, n: number) => {
    const { engine } = world
    const { job } = await engine.followUp(id, { text, when: n % 3 === 2 ? 'instead' : 'queue' }, ANN)
    // Some change their mind; that their turn has come by then is no fault.
    if (n % 3 === 1) await engine.hasten(job.id, 'instead', ANN).catch(() => {})
    return job.id
  }
  const made = await Promise.all(first.flatMap(({ id }) => Array.from({ length: REPLIES }, (_, n) => replyTo(id, n))))
  const engine = await world.restart() // in the middle of it
  const ends = await Promise.all([...first.map(({ id }) => id), ...made].map(id => toEnd(engine, id)))
  expect(new Set(ends.map(({ job }) => job.status))).toEqual(new Set(['succeeded', 'cancelled']))
  for (const { conversation } of first) {
    const workspace = join(world.dir, 'data', 'workspaces', conversation)
    expect(await readFile(join(workspace, '.alone'), 'utf8')).toBe('0') // it was looked at
    expect(await readdir(workspace)).not.toContain('.beside')
  }
})
