import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type Db, openDatabase } from '../../src/db/connect.ts'
import { type Answer, answerEvents, startApi, streaming } from '../support/api-server.ts'
import { eventually } from '../support/eventually.ts'
import { ANN, makeWorld, toEnd, type World } from '../support/world.ts'

const USED = { input_tokens: 1000, output_tokens: 100 }
/** Opus 5.5: $4 and $20 a million. */
const COST = 0.006
const read = { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: 'a.md' } }
const instructions = { run: '---\ndescription: Run\n---\nGo' }
const run = { instruction: 'run', inputs: {}, origin: ANN }

/** Begins an answer, and ends it never. */
const begin: Answer = (request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(answerEvents(USED)[0])
}

/** What is stored of the job's one attempt. */
const attemptOf = async (db: Db, job: string) =>
  await db.selectFrom('attempt').select(['cost_usd', 'usage']).where('job', '=', job).executeTakeFirstOrThrow()

/** Everything in the ledger, rounded as money is. */
async function ledgerOf({ db }: World): Promise<Record<string, number>> {
  const rows = await db.selectFrom('ledger').selectAll().where('metric', '<>', 'jobs').execute()
  return Object.fromEntries(rows.map(row => [`${row.scope} ${row.period} ${row.metric}`, Number(row.spent.toFixed(9))]))
}

/** A ledger in which every scope of the job has spent this. */
function ledgerWith(costUsd: number, tokens: number): Record<string, number> {
  const day = new Date().toISOString().slice(0, 10)
  const lines = ['global', ANN.actor, ANN.place, 'instruction:run'].flatMap(scope =>
    [day, day.slice(0, 7)].flatMap(period => [
      [`${scope} ${period} costUsd`, costUsd],
      [`${scope} ${period} tokens`, tokens],
    ]),
  )
  return Object.fromEntries(lines.filter(([, spent]) => spent !== 0))
}

test('each call is stored while the job goes on, where a killed server would leave it', async () => {
  const api = await startApi((request, response, n) => (n === 1 ? streaming(USED, read) : begin)(request, response, n))
  await using world = await makeWorld({ instructions, apiUrl: api.url })
  const { id } = await world.engine.submit(run)
  const other = await openDatabase(`sqlite:${world.dir}/data/errand.db`)
  try {
    await eventually(async () => expect((await attemptOf(other, id)).cost_usd).toBeCloseTo(COST + 0.004 + 0.00002, 9))
    expect(JSON.parse((await attemptOf(other, id)).usage ?? '')).toMatchObject({ inputTokens: 2000, outputTokens: 101 })
    expect(await ledgerOf({ ...world, db: other })).toEqual(ledgerWith(0.01002, 2101))
  } finally {
    await other.destroy()
  }
})

test('a job that ends has cost what its calls did, and the ledger says the same', async () => {
  const api = await startApi((request, response, n) =>
    streaming(USED, n === 1 ? read : undefined)(request, response, n),
  )
  await using world = await makeWorld({ instructions, apiUrl: api.url })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  expect(job.status).toBe('succeeded')
  expect(job.costUsd).toBeCloseTo(2 * COST, 9)
  expect(await ledgerOf(world)).toEqual(ledgerWith(2 * COST, 2200))
})

test('a call that a cancel cuts counts with what was told of it', async () => {
  const api = await startApi(begin)
  await using world = await makeWorld({ instructions, apiUrl: api.url })
  const { id } = await world.engine.submit(run)
  await eventually(async () => expect((await attemptOf(world.db, id)).cost_usd).toBeGreaterThan(0))
  await world.engine.cancel(id, ANN)
  const { job } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'cancelled', costUsd: expect.closeTo(0.00402, 9) })
  expect(await ledgerOf(world)).toEqual(ledgerWith(0.00402, 1001))
})

test('what the agent alone counts is in the ledger too', async () => {
  const bin = resolve('test/fixtures/claude-fixture.mjs')
  await using world = await makeWorld({ instructions, bin })
  const { id } = await world.engine.submit(run)
  expect((await toEnd(world.engine, id)).job.costUsd).toBe(0.25)
  expect(await ledgerOf(world)).toEqual(ledgerWith(0.25, 0))
})
