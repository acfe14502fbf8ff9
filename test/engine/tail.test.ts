import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Db, openDatabase } from '../../src/db/connect.ts'
import { appendEvents } from '../../src/db/event.ts'
import { moveJob } from '../../src/db/job.ts'
import { follow } from '../../src/engine/tail.ts'
import { createWakeup, type Wakeup } from '../../src/engine/wakeup.ts'
import type { JobEvent } from '../../src/job.ts'
import { storeJob } from '../contracts/database.ts'

const JOB = 'job00001'
const AT = '2026-11-21T10:00:00.000Z'
const NEVER = new AbortController().signal

type Reader = { db: Db; wakeup: Wakeup }

/** A running job, a reader of it, and the handle of another process that writes to it. */
async function setUp(): Promise<{ reader: Reader; writer: Db }> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-tail-'))
  const url = `sqlite:${join(dir, 'errand.db')}`
  const [db, writer] = [await openDatabase(url), await openDatabase(url)]
  onTestFinished(async () => {
    await db.destroy()
    await writer.destroy()
    await rm(dir, { recursive: true })
  })
  await storeJob(writer, JOB)
  await moveJob(writer, JOB, 'queued', 'running')
  return { reader: { db, wakeup: createWakeup() }, writer }
}

/** Appends lines whose texts are the numbers that they must get. */
async function append(db: Db, from: number, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => ({ kind: 'text' as const, text: String(from + i), at: AT }))
  await db.transaction().execute(trx => appendEvents(trx, JOB, 1, lines))
}
const end = (db: Db) => moveJob(db, JOB, 'running', 'succeeded')

async function collect(lines: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = []
  for await (const line of lines) all.push(line)
  return all
}

/** No gap, no double, and each line what was written under its number. */
function expectLines(lines: JobEvent[], from: number, to: number): void {
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: to - from + 1 }, (_, i) => from + i))
  for (const { seq, text } of lines) expect(text).toBe(String(seq))
}

test('early and late readers see the same lines while another process writes', async () => {
  const { reader, writer } = await setUp()
  const readers = [{ after: 0, lines: collect(follow(reader, JOB, 0, NEVER)) }]
  let written = 0
  for (const [round, count] of [1, 400, 7, 1, 700, 60, 1].entries()) {
    await append(writer, written + 1, count)
    written += count
    if (round % 2 === 0) reader.wakeup.notify(JOB)
    const after = Math.floor(written / 2)
    readers.push({ after, lines: collect(follow(reader, JOB, after, NEVER)) })
    await new Promise(resolve => setImmediate(resolve))
  }
  await end(writer)
  reader.wakeup.notify(JOB)
  for (const { after, lines } of readers) expectLines(await lines, after + 1, written)
})

test('a reader that comes after the end sees everything and ends, over many pages', async () => {
  const { reader, writer } = await setUp()
  await append(writer, 1, 1000) // two full pages: the end is not to be missed after either
  await end(writer)
  expectLines(await collect(follow(reader, JOB, 0, NEVER)), 1, 1000)
  expectLines(await collect(follow(reader, JOB, 1000, NEVER)), 1001, 1000)
})

test('a page holds no more than some megabytes, whatever its lines are, and no line is missed', async () => {
  const { reader, writer } = await setUp()
  const lines = Array.from({ length: 12 }, () => ({ kind: 'text' as const, text: 'x'.repeat(1_000_000), at: AT }))
  await writer.transaction().execute(trx => appendEvents(trx, JOB, 1, lines))
  await end(writer)
  let largest = 0
  const db = reader.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      largest = Math.max(largest, JSON.stringify(result.rows).length)
      return result
    },
  })
  const seen = (await collect(follow({ ...reader, db }, JOB, 0, NEVER))).map(({ seq }) => seq)
  expect(seen).toEqual(lines.map((_, i) => i + 1))
  expect(largest).toBeLessThan(4.5e6)
})

test('a lost hint costs no line', async () => {
  const { reader, writer } = await setUp()
  const lines = collect(follow(reader, JOB, 0, NEVER))
  await new Promise(resolve => setTimeout(resolve, 50)) // it waits now
  await append(writer, 1, 3)
  await end(writer)
  expectLines(await lines, 1, 3)
})

test('a reader that waits ends at the abort', async () => {
  const { reader, writer } = await setUp()
  await append(writer, 1, 2)
  const stop = new AbortController()
  const seen: number[] = []
  for await (const { seq } of follow(reader, JOB, 0, stop.signal)) {
    seen.push(seq)
    if (seq === 2) setImmediate(() => stop.abort())
  }
  expect(seen).toEqual([1, 2])
})

test('a reader gets no line after the abort, however many are stored', async () => {
  const { reader, writer } = await setUp()
  await append(writer, 1, 20)
  const stop = new AbortController()
  const seen: number[] = []
  for await (const { seq } of follow(reader, JOB, 0, stop.signal)) {
    seen.push(seq)
    if (seq === 5) stop.abort()
  }
  expect(seen).toEqual([1, 2, 3, 4, 5])
})

test('there is nothing to follow where there is no job', async () => {
  const { reader } = await setUp()
  expect(await collect(follow(reader, 'nobody00', 0, NEVER))).toEqual([])
})
