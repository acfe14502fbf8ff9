import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { askToCancel } from '../../src/db/job.ts'
import { UserError } from '../../src/errors.ts'
import { ANN, BEN, makeWorld, toEnd, until, type World } from '../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
const source = (todo: [verb: string, argument?: unknown][]) => `---\ndescription: F\n---\nDO ${JSON.stringify(todo)}`
const instructions = {
  hang: source([['say', 'here'], ['hang']]),
  quick: source([['result', 'done']]),
}
const submit = (world: World, instruction: string) => world.engine.submit({ instruction, inputs: {}, origin: ANN })

/** Whatever the moment, a job ends once, with one final line, and its log has no gap. */
async function expectOneEnd(world: World, id: string, statuses: string[]): Promise<void> {
  const { job, events } = await toEnd(world.engine, id)
  expect(statuses).toContain(job.status)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  const finals = events.filter(({ status }) => status && ['succeeded', 'failed', 'cancelled'].includes(status))
  expect(finals.map(({ status }) => status)).toEqual([job.status])
  const open = await world.db
    .selectFrom('attempt')
    .select('n')
    .where('job', '=', id)
    .where('ended_at', 'is', null)
    .execute()
  expect(open).toEqual([])
  await expect(world.engine.cancel(id, BEN)).rejects.toBeInstanceOf(UserError)
}

test('at once after the submit', async () => {
  await using world = await makeWorld({ instructions, bin })
  const { id } = await submit(world, 'hang')
  await world.engine.cancel(id, ANN)
  await expectOneEnd(world, id, ['cancelled'])
})

test('between the claim and the process, whose row is all that knows of it', async () => {
  await using world = await makeWorld({ instructions, bin })
  const { id } = await submit(world, 'hang')
  await until(world.engine, id, ({ status }) => status === 'running')
  await world.engine.cancel(id, ANN)
  await expectOneEnd(world, id, ['cancelled'])
})

test('before the attempt begins, by a wish that only the row has, even where it could not begin', async () => {
  await using world = await makeWorld({ instructions, bin, slots: 1 })
  const blocker = await submit(world, 'hang')
  const { id, conversation } = await submit(world, 'quick')
  await writeFile(join(world.dir, 'data/workspaces', conversation), 'no folder')
  expect(await askToCancel(world.db, id, 'ann')).toBe(true) // as another process would, at the moment of the claim
  await world.engine.cancel(blocker.id, ANN)
  await expectOneEnd(world, id, ['cancelled'])
  expect(await world.engine.job(id)).toMatchObject({ message: 'cancelled by ann', attempt: 1, result: null })
  expect((await toEnd(world.engine, blocker.id)).job.status).toBe('cancelled')
})

test('while the process starts', async () => {
  await using world = await makeWorld({ instructions, bin })
  const { id } = await submit(world, 'hang')
  const spawned = async () => {
    const row = await world.db.selectFrom('attempt').select('pid').where('job', '=', id).executeTakeFirst()
    return (row?.pid ?? null) !== null
  }
  while (!(await spawned())) await new Promise(resolve => setTimeout(resolve, 1))
  await world.engine.cancel(id, ANN)
  await expectOneEnd(world, id, ['cancelled'])
})

test('while it runs, by two people at once', async () => {
  await using world = await makeWorld({ instructions, bin })
  const { id } = await submit(world, 'hang')
  await until(world.engine, id, ({ kind }) => kind === 'text')
  await Promise.all([world.engine.cancel(id, ANN), world.engine.cancel(id, BEN)])
  await expectOneEnd(world, id, ['cancelled'])
})

test('at every moment of a quick job, up to its very end', async () => {
  await using world = await makeWorld({ instructions, bin, slots: 4 })
  const moments = Array.from({ length: 24 }, (_, i) => i * 6)
  await Promise.all(
    moments.map(async ms => {
      const { id } = await submit(world, 'quick')
      await new Promise(resolve => setTimeout(resolve, ms))
      await world.engine.cancel(id, ANN).catch(error => expect(error).toBeInstanceOf(UserError))
      await expectOneEnd(world, id, ['cancelled', 'succeeded'])
    }),
  )
})
