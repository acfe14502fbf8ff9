import { expect, test } from 'vitest'
import { listLimits } from '../../src/db/limit.ts'
import type { LimitChange } from '../../src/engine/limits/change.ts'
import { defaultLimits } from '../../src/engine/limits/defaults.ts'
import { limitsFrom } from '../../src/engine/limits/names.ts'
import { createQueueLook } from '../../src/engine/queue-look.ts'
import { ANN, BEN, openRig } from './limits/rig.ts'

const DEFAULTS = defaultLimits({ maxConcurrentJobs: 2, jobTimeoutMinutes: 30, stallMinutes: 10 })

async function lookAt(isBroken = () => false, sources?: Record<string, string>) {
  const rig = await openRig(sources)
  const limits = async (db: typeof rig.db) => {
    if (isBroken()) throw new Error('disk I/O error')
    return limitsFrom(await listLimits(db), DEFAULTS, 'UTC')
  }
  const look = createQueueLook({ ...rig, pool: { size: () => 2, free: () => 2 }, limits })
  const of = async (id: string) => {
    const { actor, place, instruction } = await rig.db
      .selectFrom('job')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return await look.of({ attempt: 0, id, actor, place, instruction })
  }
  return { ...rig, look, of }
}

test('the first hundred places are those in which the jobs are claimed', async () => {
  const rig = await lookAt()
  const ids = [...(await rig.queue(90)), ...(await rig.queue(30, { actor: BEN }))]
  const placed = await Promise.all(ids.map(async id => ({ id, position: (await rig.of(id)).position })))
  const claimed = (await rig.claim(100)).map(({ job }) => job)
  const byPlace = placed
    .filter(({ position }) => position !== null)
    .sort((a, b) => Number(a.position) - Number(b.position))
  expect(byPlace.map(({ id }) => id)).toEqual(claimed)
})

const INSTRUCTIONS = {
  brief: '---\ndescription: B\n---\nGo',
  dear: '---\ndescription: D\nmax-cost: 2\n---\nGo',
}
const LIMITED: [string, LimitChange, number][] = [
  ['jobs at once', { scope: ANN, name: 'concurrent', value: 2 }, 6],
  ['jobs at once of an instruction', { scope: 'instruction:dear', name: 'concurrent', value: 1 }, 7],
  ['jobs a day of a place', { scope: 'channel:slack:C1', name: 'perDay', value: 2 }, 4],
  ['a budget that is set aside', { scope: ANN, name: 'costPerDay', value: 2.5 }, 7],
  ['a budget out of which a job has its own cap', { scope: BEN, name: 'costPerDay', value: 2 }, 5],
]

test.each(LIMITED)(
  'under a limit of %s who starts first stands first, and who is passed over behind',
  async (_, limit, starting) => {
    const rig = await lookAt(undefined, INSTRUCTIONS)
    await rig.set([limit])
    const anns = await rig.queue(4)
    const dear = await rig.queue(2, { actor: BEN, instruction: 'dear' })
    const elsewhere = await rig.queue(2, { actor: BEN, place: 'channel:slack:C2' })
    const ids = [...anns, ...dear, ...elsewhere]
    const places = new Map<string, number | null>()
    for (const id of ids) places.set(id, (await rig.of(id)).position)
    const claimed = (await rig.claim(20)).map(({ job }) => job)
    expect(claimed).toHaveLength(starting)
    const behind = ids.filter(id => !claimed.includes(id))
    expect(claimed.map(id => places.get(id))).toEqual(claimed.map((_, i) => i + 1))
    expect(behind.map(id => places.get(id)).sort()).toEqual(behind.map((_, i) => claimed.length + i + 1))
  },
)

test('who is passed over stands in fair order, and nothing is guessed of when a limit has room', async () => {
  const rig = await lookAt()
  await rig.set([{ scope: 'channel:slack:C1', name: 'concurrent', value: 1 }])
  const [first = '', second = ''] = await rig.queue(2)
  const [ben = ''] = await rig.queue(1, { actor: BEN })
  const all = await Promise.all([first, ben, second].map(id => rig.of(id)))
  expect(all.map(({ position }) => position)).toEqual([1, 2, 3])
  expect(all.map(({ estimate }) => estimate)).toEqual([{ likely: 0, slow: 0 }, null, null])
})

test('it looks again after a second; until then who came since stands last, and who left makes room', async () => {
  const rig = await lookAt()
  const anns = await rig.queue(3)
  expect((await rig.of(anns[2] ?? '')).position).toBe(3)
  const [ben = ''] = await rig.queue(1, { actor: BEN })
  expect((await rig.of(ben)).position).toBe(4)
  rig.look.left(anns[0] ?? '')
  expect((await rig.of(ben)).position).toBe(3)
  await rig.clock.advance(1000)
  expect((await rig.of(ben)).position).toBe(2)
})

test('a full limit takes the place away, and gives its reset as the estimate', async () => {
  const rig = await lookAt()
  await rig.set([{ scope: ANN, name: 'perDay', value: 1 }])
  await rig.queue(1)
  await rig.claim(1)
  const [id = ''] = await rig.queue(1)
  expect(await rig.of(id)).toMatchObject({
    ...{ position: null, estimate: { likely: 14 * 3600, slow: 14 * 3600 } },
    blocks: [{ scope: ANN, name: 'perDay' }],
  })
})

test('what does not open by the clock has no estimate: a budget that is set aside, and a limit of none', async () => {
  const rig = await lookAt()
  await rig.set([{ scope: 'global', name: 'costPerDay', value: 1 }])
  await rig.queue(1)
  await rig.claim(1)
  const [id = ''] = await rig.queue(1)
  const blocks = [{ name: 'costPerDay', used: 0, promised: 1 }]
  expect(await rig.of(id)).toMatchObject({ position: null, estimate: null, blocks })
  await rig.set([{ scope: 'global', name: 'costPerDay', value: 0 }])
  await rig.clock.advance(1000)
  expect(await rig.of(id)).toMatchObject({ position: null, estimate: null })
})

test('slots that other servers use are not free', async () => {
  const rig = await lookAt() // whose own pool runs nothing
  await rig.queue(2)
  await rig.claim(2)
  const [id = ''] = await rig.queue(1)
  expect(await rig.of(id)).toMatchObject({ position: 1, elsewhere: 2 })
})

test('the estimate comes from what the instruction took, and how far the running ones are', async () => {
  const rig = await lookAt()
  await rig.queue(4)
  for (const key of await rig.claim(4)) {
    await rig.clock.advance(60_000)
    await rig.end(key, 0)
  }
  await rig.queue(2)
  await rig.claim(2)
  const [first = '', second = '', third = ''] = await rig.queue(3)
  await rig.clock.advance(30_000)
  const estimates = [await rig.of(first), await rig.of(second), await rig.of(third)].map(({ estimate }) => estimate)
  expect(estimates).toEqual([
    { likely: 150, slow: 210 },
    { likely: 150, slow: 210 },
    { likely: 330, slow: 450 },
  ])
})

test('who stands behind the hundredth waits for at least as long as that one', async () => {
  const rig = await lookAt()
  await rig.queue(1)
  const [begun] = await rig.claim(1)
  await rig.clock.advance(60_000)
  if (begun) await rig.end(begun, 0)
  const ids = await rig.queue(102)
  const [last, behind] = await Promise.all([ids[99], ids[101]].map(id => rig.of(id ?? '')))
  expect(last).toMatchObject({ position: 100, estimate: { likely: 49 * 60, slow: 49 * 60 } })
  expect(behind).toMatchObject({ position: null, estimate: last?.estimate })
})

test('the hours for which a job was parked are no part of the estimate', async () => {
  const rig = await lookAt()
  await rig.queue(1)
  const [begun] = await rig.claim(1)
  await rig.clock.advance(60_000)
  await rig.interrupt(begun)
  await rig.clock.advance(5 * 3_600_000)
  const [again] = await rig.claim(1)
  await rig.clock.advance(60_000)
  if (again) await rig.end(again, 0)
  await rig.queue(2)
  await rig.claim(2)
  const [id = ''] = await rig.queue(1)
  expect(await rig.of(id)).toMatchObject({ estimate: { likely: 120, slow: 120 } })
})

test('a look that failed harms nobody but those who asked for it, and the next one is made anew', async () => {
  let broken = true
  const rig = await lookAt(() => broken)
  const [first = '', second = ''] = await rig.queue(2)
  await expect(rig.of(first)).rejects.toThrow('disk I/O error')
  rig.look.left(first)
  await new Promise(resolve => setTimeout(resolve, 20)) // an error that nobody awaits would end the process
  broken = false
  expect((await rig.of(second)).position).toBe(2)
})
