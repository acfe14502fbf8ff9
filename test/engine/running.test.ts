import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { endAttempt } from '../../src/db/attempt.ts'
import { moveJob } from '../../src/db/job.ts'
import { enqueue } from '../../src/db/queue.ts'
import { eventually } from '../support/eventually.ts'
import { ANN, makeWorld, toEnd, until } from '../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')

test('an attempt that was taken over and ends late takes nothing from the next one of its job', async () => {
  const todo = [['again'], ['write', ['out.md', 'made']], ['say', 'here'], ['hang']]
  await using world = await makeWorld({
    instructions: { wait: `---\ndescription: F\n---\nDO ${JSON.stringify(todo)}` },
    bin,
  })
  const { db, engine } = world
  const { id } = await engine.submit({ instruction: 'wait', inputs: {}, origin: ANN })
  const pidOf = async (n: number) => {
    const row = await db
      .selectFrom('attempt')
      .select(['pid', 'owner'])
      .where('job', '=', id)
      .where('n', '=', n)
      .executeTakeFirst()
    expect(row?.pid).toBeGreaterThan(0)
    return { pid: Number(row?.pid), owner: row?.owner ?? '' }
  }
  await until(engine, id, ({ text }) => text === 'here') // later, a line of it would tell it that it is lost
  const first = await eventually(() => pidOf(1))
  // As a server does that takes this one for dead.
  const crash = { kind: 'interrupted', cause: 'crash', why: 'crash' } as const
  await endAttempt(db, { job: id, n: 1 }, first.owner, crash, { costUsd: 0, usage: null }, new Date().toISOString())
  await moveJob(db, id, 'running', 'queued', { cause: 'crash' })
  await enqueue(db, { id, actor: 'a', place: 'p', instruction: 'wait', priority: 0 }, new Date(0))
  await eventually(() => pidOf(2))

  process.kill(first.pid, 'SIGKILL')
  await eventually(async () => expect(await readdir(join(world.dir, 'data/tmp'))).toEqual([`${id}-2`]))
  expect(existsSync(join(world.dir, 'outputs', id, '1'))).toBe(false)
  await engine.cancel(id, ANN)
  const { job } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'cancelled', attempt: 2 })
  expect(job.outputs.map(({ path }) => path)).toEqual(['out.md'])
})
