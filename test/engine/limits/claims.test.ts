import { expect, test } from 'vitest'
import { eventsAfter } from '../../../src/db/event.ts'
import { countBy } from '../../../src/engine/fair.ts'
import { NOTICE } from '../../../src/job.ts'
import { randomFrom } from '../../faults/random.ts'
import { ANN, BEN, openRig } from './rig.ts'

const CAPPED = { brief: '---\ndescription: B\nmax-cost: 0.50\n---\nGo', free: '---\ndescription: F\n---\nGo' }

test('limits of concurrency hold in every scope, whoever claims at the same time', async () => {
  const rig = await openRig()
  await rig.set([
    { scope: 'global', name: 'concurrent', value: 6 },
    { scope: ANN, name: 'concurrent', value: 2 },
    { scope: 'channel:slack:C2', name: 'concurrent', value: 1 },
  ])
  await rig.queue(20)
  await rig.queue(20, { actor: BEN, place: 'channel:slack:C2' })
  await rig.queue(20, { actor: 'user:slack:cyd' })
  const claimers = [rig.claim, await rig.claimer()]
  for (let round = 0; round < 4; round += 1) {
    const claimed = (await Promise.all(claimers.map(claim => claim(9)))).flat()
    const open = await rig.openJobs()
    const actors = countBy(open, ({ actor }) => actor)
    expect([open.length, actors.get(ANN), actors.get(BEN)]).toEqual([5 + 1, 2, 1])
    for (const key of open.slice(0, 1 + round)) await rig.end(key, 0)
    expect(round === 0 ? claimed.length : 6).toBe(6)
  }
})

test('a limit of an instruction closes its lanes and no others', async () => {
  const rig = await openRig(CAPPED)
  await rig.set([{ scope: 'instruction:brief', name: 'concurrent', value: 1 }])
  const briefs = await rig.queue(3)
  const [free] = await rig.queue(1, { instruction: 'free' })
  expect((await rig.claim(9)).map(({ job }) => job)).toEqual([briefs[0], free])
})

test('a lowered limit lets what runs run on, and a raised one counts at once', async () => {
  const rig = await openRig()
  await rig.queue(9)
  const running = await rig.claim(4)
  await rig.set([{ scope: 'global', name: 'concurrent', value: 2 }])
  for (const key of running.slice(0, 3)) {
    expect(await rig.claim(9)).toEqual([])
    await rig.end(key, 0)
  }
  expect(await rig.claim(9)).toHaveLength(1)
  await rig.set([{ scope: 'global', name: 'concurrent', value: null }])
  expect(await rig.claim(9)).toHaveLength(4)
})

test('limits that change under load, while two claim, are never passed and let every job through', async () => {
  const rig = await openRig()
  const random = randomFrom(10)
  const upTo = (most: number) => 1 + Math.floor(random() * most)
  await rig.queue(12)
  await rig.queue(12, { actor: BEN })
  const [other, started] = [await rig.claimer(), new Set<string>()]
  let [global, anns] = [9, 9]
  const runningNow = async () => {
    const open = await rig.openJobs()
    return { all: open.length, ann: open.filter(({ actor }) => actor === ANN).length }
  }
  while (started.size < 24) {
    const before = await runningNow()
    const [toGlobal, toAnns] = [upTo(9), upTo(5)]
    const claims = [rig.claim(9), other(9)]
    const set = rig.set([
      { scope: 'global', name: 'concurrent', value: toGlobal },
      { scope: ANN, name: 'concurrent', value: toAnns },
    ])
    for (const { job } of (await Promise.all(claims)).flat()) started.add(job)
    await set
    const after = await runningNow() // what ran before runs on, and either value may have held
    expect(after.all).toBeLessThanOrEqual(Math.max(before.all, global, toGlobal))
    expect(after.ann).toBeLessThanOrEqual(Math.max(before.ann, anns, toAnns))
    ;[global, anns] = [toGlobal, toAnns]
    for (const key of (await rig.openJobs()).slice(0, upTo(6))) await rig.end(key, 0)
  }
})

test('so many jobs start an hour, and the next hour more', async () => {
  const rig = await openRig()
  await rig.clock.advance(55 * 60_000)
  await rig.set([{ scope: ANN, name: 'perHour', value: 3 }])
  await rig.queue(8)
  for (const key of await rig.claim(9)) await rig.end(key, 0)
  expect(await rig.claim(9)).toEqual([])
  expect((await rig.limits()).find(({ scope }) => scope === ANN)).toEqual({
    ...{ scope: ANN, name: 'perHour', value: 3, default: null },
    ...{ used: 3, resetsAt: '2026-11-21T11:00:00.000Z' },
  })
  await rig.clock.advance(5 * 60_000)
  expect(await rig.claim(9)).toHaveLength(3)
})

test('at four fifths of the jobs of a day people are told once, in the thread and directly', async () => {
  const rig = await openRig()
  await rig.set([
    { scope: ANN, name: 'perDay', value: 5 },
    { scope: 'global', name: 'concurrent', value: 5 },
  ])
  await rig.queue(9)
  await rig.claim(3)
  expect(rig.told).toEqual([])
  const [fourth] = await rig.claim(1)
  await rig.claim(1)
  expect(rig.told).toEqual(['user:slack:ann: 4 of 5 jobs a day are used.'])
  const notices = (await eventsAfter(rig.db, fourth?.job ?? '', 0, 9)).filter(({ id }) => id === NOTICE)
  expect(notices.map(({ text }) => text)).toEqual(rig.told)
  await rig.clock.advance(24 * 3_600_000)
  await rig.queue(9)
  for (const key of await rig.openJobs()) await rig.end(key, 0)
  await rig.claim(9)
  expect(rig.told).toHaveLength(2)
})

test('a limit that was raised after its warning warns again when it fills up', async () => {
  const rig = await openRig()
  await rig.set([{ scope: ANN, name: 'perDay', value: 2 }])
  await rig.queue(9)
  await rig.claim(9)
  await rig.set([{ scope: ANN, name: 'perDay', value: 5 }])
  await rig.claim(9)
  const told = ['2 of 2', '4 of 5'].map(much => `${ANN}: ${much} jobs a day are used.`)
  expect(rig.told).toEqual(told)
})

test('a queue that is longer than its limit by now is counted whole', async () => {
  const rig = await openRig()
  await rig.queue(3)
  await rig.set([{ scope: ANN, name: 'queued', value: 1 }])
  await rig.set([{ scope: 'instruction:brief', name: 'queued', value: 0 }])
  const queues = (await rig.limits()).filter(({ name }) => name === 'queued')
  expect(queues.map(({ used }) => used)).toEqual([3, 3, 3])
})

test('what has started goes on after an interruption or an answer, however many have started', async () => {
  const rig = await openRig()
  await rig.set([
    { scope: ANN, name: 'perDay', value: 2 },
    { scope: 'global', name: 'perHour', value: 3 },
  ])
  await rig.queue(3)
  await rig.queue(2, { actor: BEN })
  const begun = await rig.claim(9)
  for (const key of begun) await rig.interrupt(key)
  const again = (await rig.claim(9)).map(({ job, n }) => `${job} ${n}`)
  expect(again.toSorted()).toEqual(begun.map(({ job }) => `${job} 2`).toSorted())
  expect(again).toHaveLength(3)
  expect(await rig.claim(9)).toEqual([])
})

test('caps are set aside at the start, so that jobs at one moment cannot overrun a budget', async () => {
  const rig = await openRig(CAPPED)
  await rig.set([{ scope: 'global', name: 'costPerDay', value: 2 }])
  await rig.queue(20)
  const claimers = [rig.claim, await rig.claimer()]
  const running = (await Promise.all(claimers.map(claim => claim(9)))).flat()
  expect(running).toHaveLength(4)
  for (const key of running) await rig.end(key, 0.3)
  expect(await rig.claim(9)).toHaveLength(2) // 1.20 is spent: 0.50, and the 0.30 that is left
  expect((await rig.openJobs()).map(({ reserved }) => reserved?.toFixed(2))).toEqual(['0.50', '0.30'])
  expect((await rig.limits()).find(({ name }) => name === 'costPerDay')).toMatchObject({
    used: 1.2,
    setAside: expect.closeTo(0.8, 9),
  })
})

test('a budget that is used up holds jobs until its reset, and refuses none', async () => {
  const rig = await openRig(CAPPED)
  await rig.set([{ scope: 'instruction:free', name: 'costPerMonth', value: 1 }])
  await rig.queue(2, { instruction: 'free' })
  const [first] = await rig.claim(1)
  if (first) await rig.end(first, 1.5)
  expect(await rig.claim(9)).toEqual([])
  await rig.clock.advance(10 * 24 * 3_600_000) // December
  expect(await rig.claim(9)).toHaveLength(1)
})

test("a day ends at midnight by the server's clocks", async () => {
  const rig = await openRig(CAPPED, 'America/New_York') // 05:00 of the 21st there
  await rig.set([{ scope: ANN, name: 'costPerDay', value: 1 }])
  await rig.queue(2)
  const [first] = await rig.claim(1)
  if (first) await rig.end(first, 1)
  await rig.clock.advance(14 * 3_600_000) // midnight in London
  expect(await rig.claim(9)).toEqual([])
  expect((await rig.limits()).find(({ scope }) => scope === ANN)).toMatchObject({
    ...{ used: 1, resetsAt: '2026-11-22T05:00:00.000Z' },
  })
  await rig.clock.advance(5 * 3_600_000)
  expect(await rig.claim(9)).toHaveLength(1)
})

test('a job without a cap gets a share, so that others run beside it', async () => {
  const rig = await openRig(CAPPED)
  await rig.set([{ scope: 'global', name: 'costPerDay', value: 2.5 }])
  await rig.queue(5, { instruction: 'free' })
  expect(await rig.claim(9)).toHaveLength(3)
  expect((await rig.openJobs()).map(({ reserved }) => reserved)).toEqual([1, 1, 0.5])
})

test('tokens that are used up hold jobs', async () => {
  const rig = await openRig()
  await rig.set([{ scope: 'global', name: 'tokensPerDay', value: 0 }])
  await rig.queue(1)
  expect(await rig.claim(9)).toEqual([])
})
