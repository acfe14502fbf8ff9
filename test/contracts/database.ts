import { describe, expect, onTestFinished, test } from 'vitest'
import { artifactsOf, insertArtifacts } from '../../src/db/artifact.ts'
import {
  endAttempt,
  findOpenAttempt,
  holdsLease,
  insertAttempt,
  renewLeases,
  setSpent,
  spentInSession,
} from '../../src/db/attempt.ts'
import { type Db, dbNow } from '../../src/db/connect.ts'
import { findNativeSession, insertConversation, setNativeSession } from '../../src/db/conversation.ts'
import { appendEvents, eventsAfter, eventsBefore } from '../../src/db/event.ts'
import { findInstructionVersion, keepInstructionVersion } from '../../src/db/instruction-version.ts'
import { askToCancel, countJobs, findJob, insertJob, moveJob } from '../../src/db/job.ts'
import { type JobCursor, type JobFilter, listJobs } from '../../src/db/job-list.ts'
import { addSpent, spentByScope } from '../../src/db/ledger.ts'
import { type Closed, dequeue, enqueue, inLane, lanesByHead, lanesOf } from '../../src/db/queue.ts'

const AT = '2026-11-21T10:00:00.000Z'

const LANE = { actor: 'user:slack:U1', place: 'channel:slack:C1', instruction: 'brief' }
const OPEN: Closed = { actor: [], place: [], instruction: [] }

type Changes = { place?: string; at?: string; actor_name?: string; title?: string }

/** A stored job with its thread and instruction, made as a submit makes it; gives its id. */
export async function storeJob(db: Db, id: string, changes: Changes = {}): Promise<string> {
  const { place = 'channel:slack:C1', at = AT, ...rest } = changes
  await insertConversation(db, {
    ...{ id: `c-${id}`, place, ref: '171.42', host: 'here', agent: 'claude', at: AT },
    ...{ workspaceUri: 'file:/w', sessionStore: 'file:/s' },
  })
  await keepInstructionVersion(db, { sha: 'abc', name: 'brief', source: 'Write', at: AT })
  await insertJob(db, {
    ...{ id, conversation: `c-${id}`, parent: null, actor: 'user:slack:U1', actor_name: 'ann', place, origin: 'slack' },
    ...{ instruction: 'brief', instruction_sha: 'abc', title: 'Tyres', inputs: '{}', priority: 0, cause: 'submit' },
    created_at: at,
    ...rest,
  })
  return id
}

/** What every database must do for the queries of src/db. `open` gives an empty, migrated one. */
export function databaseContract(name: string, open: () => Promise<Db>): void {
  const withDb = (sentence: string, body: (db: Db) => Promise<void>) =>
    test(sentence, async () => {
      const db = await open()
      onTestFinished(() => db.destroy())
      await body(db)
    })
  const storeAttempt = (db: Db, job: string, n: number, owner = 'me') =>
    insertAttempt(db, {
      job,
      n,
      cause: 'submit',
      owner,
      host: 'here',
      leaseMs: 1000,
      workspace: 'w',
      session: 's',
      at: AT,
    })

  describe(name, () => {
    withDb('a job is read with its thread, and its id is taken once', async db => {
      await storeJob(db, 'job00001')
      expect(await findJob(db, 'job00001')).toMatchObject({
        status: 'queued',
        ref: '171.42',
        workspace: 'c-job00001',
        tenant: 'main',
      })
      expect(await findJob(db, 'nobody00')).toBeNull()
      await expect(storeJob(db, 'job00001')).rejects.toThrow()
    })

    withDb('a move happens once, from the status that was seen, and only along the table of moves', async db => {
      await storeJob(db, 'job00001')
      expect(await moveJob(db, 'job00001', 'queued', 'running', { attempt: 1 })).toBe(true)
      expect(await moveJob(db, 'job00001', 'queued', 'running')).toBe(false)
      expect(await moveJob(db, 'job00001', 'running', 'succeeded', { result: 'ok' })).toBe(true)
      expect(await findJob(db, 'job00001')).toMatchObject({ status: 'succeeded', attempt: 1, result: 'ok' })
      await expect(moveJob(db, 'job00001', 'succeeded', 'running')).rejects.toThrow(/no move/)
    })

    withDb('the queue gives jobs in order and each one once', async db => {
      for (const [id, orderKey] of [
        ['job0000c', 2],
        ['job0000b', 1],
        ['job0000a', 2],
      ] as const) {
        await storeJob(db, id)
        await enqueue(db, { ...LANE, id, priority: 0 }, new Date(orderKey))
      }
      const [lane] = await lanesOf(db, [LANE.actor], OPEN)
      expect(lane).toEqual({ lane: expect.any(String), ...LANE, head: 1, headJob: 'job0000b' })
      const first = { head: 1, headJob: 'job0000b' }
      const rest = [
        { head: 2, headJob: 'job0000a' },
        { head: 2, headJob: 'job0000c' },
      ]
      expect(await inLane(db, lane?.lane ?? '', null, 9)).toEqual([first, ...rest])
      expect(await inLane(db, lane?.lane ?? '', first, 1)).toEqual([rest[0]])
      expect(await dequeue(db, 'job0000b')).toBe(true)
      expect(await dequeue(db, 'job0000b')).toBe(false)
      expect(await lanesOf(db, [LANE.actor], OPEN)).toEqual([{ ...lane, ...rest[0] }])
      for (const { headJob } of rest) expect(await dequeue(db, headJob)).toBe(true)
      expect(await lanesOf(db, [LANE.actor], OPEN)).toEqual([])
    })

    withDb('lanes stand by their first jobs, and those of closed scopes are passed over', async db => {
      for (const [i, actor] of ['a', 'b', 'c'].entries()) {
        const id = await storeJob(db, `job0000${i}`)
        await enqueue(db, { ...LANE, id, actor, priority: actor === 'c' ? 1 : 0 }, new Date(i))
      }
      const actors = async (closed = OPEN, limit = 9) =>
        (await lanesByHead(db, closed, null, limit)).map(({ actor }) => actor)
      expect(await actors()).toEqual(['c', 'a', 'b'])
      expect(await actors(OPEN, 2)).toEqual(['c', 'a'])
      expect(await actors({ ...OPEN, actor: ['a', 'c'] })).toEqual(['b'])
      expect(await actors({ ...OPEN, instruction: ['brief'] })).toEqual([])
      const [first] = await lanesByHead(db, OPEN, null, 1)
      expect((await lanesByHead(db, OPEN, first ?? null, 1)).map(({ actor }) => actor)).toEqual(['a'])
    })

    withDb('log lines are numbered from 1 without gaps and read after a number', async db => {
      await appendEvents(db, 'job00001', 1, [{ kind: 'text', text: 'a', at: AT }])
      await appendEvents(db, 'job00001', 1, [])
      const last = await appendEvents(db, 'job00001', 2, [
        { kind: 'tool_use', text: 'reading', tool: 'Read', input: { file_path: 'x' }, id: 't1', at: AT },
        { kind: 'text', text: 'ünï\u0000', at: AT },
      ])
      expect(last).toBe(3)
      expect(await eventsAfter(db, 'job00001', 1, 10)).toEqual([
        {
          seq: 2,
          attempt: 2,
          at: AT,
          kind: 'tool_use',
          text: 'reading',
          tool: 'Read',
          input: { file_path: 'x' },
          id: 't1',
        },
        { seq: 3, attempt: 2, at: AT, kind: 'text', text: 'ünï\u0000' },
      ])
      expect(await eventsAfter(db, 'job00001', 0, 1)).toHaveLength(1)
      expect(await eventsAfter(db, 'other000', 0, 10)).toEqual([])
    })

    withDb('an attempt is ended once and by its owner alone', async db => {
      const key = { job: await storeJob(db, 'job00001'), n: 1 }
      await storeAttempt(db, key.job, 1)
      const end = (owner: string) =>
        endAttempt(db, key, owner, { kind: 'cancelled', by: 'ann' }, { costUsd: 0.5, usage: null }, AT)
      expect(await holdsLease(db, key, 'other')).toBe(false)
      expect(await end('other')).toBe(false)
      expect(await holdsLease(db, key, 'me')).toBe(true)
      expect(await end('me')).toBe(true)
      expect(await end('me')).toBe(false)
      expect(await holdsLease(db, key, 'me')).toBe(false)
      expect(await spentInSession(db, 's')).toEqual([{ costUsd: 0.5, usage: null }])
    })

    withDb("a heartbeat renews the owner's open leases by the database's clock", async db => {
      await storeJob(db, 'job00001')
      await storeAttempt(db, 'job00001', 1)
      await storeAttempt(db, 'job00001', 2, 'other')
      const lease = async () =>
        (await db.selectFrom('attempt').select('lease_until').where('n', '=', 1).executeTakeFirstOrThrow()).lease_until
      const before = await lease()
      expect(await renewLeases(db, 'me', 60_000)).toEqual([{ job: 'job00001', n: 1 }])
      expect(String(await lease()) > String(before)).toBe(true)
      const { now } = await db.selectNoFrom(dbNow().as('now')).executeTakeFirstOrThrow()
      expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    })

    withDb('a wish to cancel is kept for a job that goes on, and the first one stands', async db => {
      await storeJob(db, 'job00001')
      expect(await askToCancel(db, 'job00001', 'ann')).toBe(true)
      expect(await askToCancel(db, 'job00001', 'ben')).toBe(false)
      expect(await findJob(db, 'job00001')).toMatchObject({ cancelled_by: 'ann' })
      await storeJob(db, 'job00002')
      await moveJob(db, 'job00002', 'queued', 'cancelled')
      expect(await askToCancel(db, 'job00002', 'ben')).toBe(false)
    })

    withDb('what is spent adds up by scope, day, month and metric', async db => {
      const scopes = ['global', 'user:slack:U1']
      const utc = (at: string) => ({ at: new Date(at), zone: 'UTC' })
      await addSpent(db, scopes, utc('2026-11-21T23:59:59.999Z'), { costUsd: 0.5, tokens: 100 })
      await addSpent(db, scopes, utc('2026-11-22T00:00:00.000Z'), { costUsd: 0.25, tokens: 0 })
      await addSpent(db, ['global'], utc('2026-12-01T00:00:00.000Z'), { costUsd: 2, tokens: 7, jobs: 1 })
      const rows = await db.selectFrom('ledger').selectAll().execute()
      const spentIn = (scope: string, period: string, metric: string) =>
        rows.find(row => row.scope === scope && row.period === period && row.metric === metric)?.spent ?? 0
      const spent = (scope: string, metric: string) =>
        ['2026-11-21', '2026-11-22', '2026-11', '2026-12'].map(period => spentIn(scope, period, metric))
      expect(spent('global', 'costUsd')).toEqual([0.5, 0.25, 0.75, 2])
      expect(spent('global', 'tokens')).toEqual([100, 0, 100, 7])
      expect(spent('user:slack:U1', 'costUsd')).toEqual([0.5, 0.25, 0.75, 0])
      expect(spent('user:slack:U2', 'costUsd')).toEqual([0, 0, 0, 0])
      expect(spentIn('global', '2026-12-01T00', 'jobs')).toBe(1)
      expect(spentIn('global', '2026-12', 'jobs')).toBe(0)
      expect(await spentByScope(db, scopes, utc('2026-11-22T12:00:00.000Z'))).toEqual(
        new Map([
          ['global 2026-11-22 costUsd', 0.25],
          ['global 2026-11 costUsd', 0.75],
          ['global 2026-11 tokens', 100],
          ['user:slack:U1 2026-11-22 costUsd', 0.25],
          ['user:slack:U1 2026-11 costUsd', 0.75],
          ['user:slack:U1 2026-11 tokens', 100],
        ]),
      )
    })

    withDb('an attempt is open for its owner until it ends, with what it has used', async db => {
      await storeJob(db, 'job00001')
      await storeAttempt(db, 'job00001', 1)
      const key = { job: 'job00001', n: 1 }
      const usage = { inputTokens: 5, outputTokens: 4, cacheReadTokens: 3, cacheWriteTokens: 2 }
      const who = { actor: 'user:slack:U1', place: 'channel:slack:C1', instruction: 'brief' }
      expect(await findOpenAttempt(db, key, 'me')).toEqual({ spent: { costUsd: 0, usage: null }, ...who })
      await setSpent(db, key, { costUsd: 0.5, usage })
      expect(await findOpenAttempt(db, key, 'me')).toEqual({ spent: { costUsd: 0.5, usage }, ...who })
      expect(await findOpenAttempt(db, key, 'another')).toBeNull()
      await endAttempt(db, key, 'me', { kind: 'cancelled', by: 'ann' }, { costUsd: 0.5, usage }, AT)
      expect(await findOpenAttempt(db, key, 'me')).toBeNull()
    })

    withDb('jobs are listed newest first, by place and by whether they go on', async db => {
      await storeJob(db, 'job00001', { at: '2026-11-21T10:00:00.000Z' })
      await storeJob(db, 'job00002', { at: '2026-11-21T11:00:00.000Z', place: 'channel:slack:C2' })
      await storeJob(db, 'job00003', { at: '2026-11-21T11:00:00.000Z' })
      await moveJob(db, 'job00003', 'queued', 'cancelled')
      const ids = async (filter: JobFilter) => (await listJobs(db, filter)).rows.map(({ id }) => id)
      expect(await ids({ limit: 10 })).toEqual(['job00003', 'job00002', 'job00001'])
      expect(await ids({ limit: 1 })).toEqual(['job00003'])
      expect(await ids({ limit: 10, place: 'channel:slack:C1' })).toEqual(['job00003', 'job00001'])
      expect(await ids({ limit: 10, live: true })).toEqual(['job00002', 'job00001'])
      expect(await ids({ limit: 10, live: false })).toEqual(['job00003'])
      expect(await countJobs(db, 'queued')).toBe(2)
    })

    withDb('a list goes on where its page ended, each job once', async db => {
      const names = Array.from({ length: 7 }, (_, i) => `job0000${i}`)
      for (const id of names) await storeJob(db, id) // all at the same time: the id decides
      const seen: string[] = []
      let after: JobCursor | undefined
      for (let pages = 0; pages < 10; pages += 1) {
        const { rows, next } = await listJobs(db, { limit: 3, after })
        seen.push(...rows.map(({ id }) => id))
        if (!next) break
        after = next
      }
      expect(seen).toEqual(names.toReversed())
    })

    withDb('jobs are found by who, what, a part of their title and the names of their outputs', async db => {
      await storeJob(db, 'job00001')
      await storeJob(db, 'job00002', { actor_name: 'ben', title: '100% Wool_socks' })
      const artifact = { bytes: 3, type: 'text/markdown', sha256: 'ff', store: '/out' }
      await insertArtifacts(db, 'job00001', 0, [{ ...artifact, path: 'Notes/brief.md' }])
      await moveJob(db, 'job00001', 'queued', 'cancelled', { finished_at: AT })
      const ids = async (filter: Omit<JobFilter, 'limit'>) =>
        (await listJobs(db, { ...filter, limit: 10 })).rows.map(({ id }) => id)
      expect(await ids({ q: 'WOOL_' })).toEqual(['job00002'])
      expect(await ids({ q: '100%' })).toEqual(['job00002'])
      expect(await ids({ q: 'w%l' })).toEqual([])
      expect(await ids({ q: 'JOB00001' })).toEqual(['job00001'])
      expect(await ids({ user: 'ben' })).toEqual(['job00002'])
      expect(await ids({ outputs: true })).toEqual(['job00001'])
      expect(await ids({ outputs: true, q: 'brief.md' })).toEqual(['job00001'])
      expect(await ids({ status: 'queued', instruction: 'nothing' })).toEqual([])
    })

    withDb(
      'files are listed by when they were made, not by when they were asked for, each page after the other',
      async db => {
        const artifact = { path: 'a.md', bytes: 3, type: 'text/markdown', sha256: 'ff', store: '/out' }
        // The job that was asked for first took longest; the last one has not ended.
        for (const [id, hour] of [
          ['job00001', '20'],
          ['job00002', '15'],
          ['job00003', '18'],
          ['job00004', null],
        ] as const) {
          await storeJob(db, id, { at: `2026-11-21T10:00:00.00${id.at(-1)}Z` })
          await insertArtifacts(db, id, 0, [artifact])
          if (hour) await moveJob(db, id, 'queued', 'cancelled', { finished_at: `2026-11-21T${hour}:00:00.000Z` })
        }
        const first = await listJobs(db, { outputs: true, limit: 2 })
        expect(first.rows.map(({ id }) => id)).toEqual(['job00001', 'job00003'])
        const second = await listJobs(db, { outputs: true, limit: 2, after: first.next ?? expect.fail('no next') })
        expect(second.rows.map(({ id }) => id)).toEqual(['job00002'])
        expect(second.next).toBeNull()
      },
    )

    withDb('an attempt may leave very many lines and outputs at once', async db => {
      await storeJob(db, 'job00001')
      const many = Array.from({ length: 6000 }, (_, i) => String(i).padStart(4, '0'))
      const lines = many.map(text => ({ kind: 'text' as const, text, at: AT }))
      expect(await appendEvents(db, 'job00001', 1, lines)).toBe(6000)
      const artifact = { bytes: 3, type: 'text/markdown', sha256: 'ff', store: '/out' }
      const artifacts = many.map(path => ({ ...artifact, path }))
      await insertArtifacts(db, 'job00001', 1, artifacts)
      expect(await artifactsOf(db, 'job00001', 1)).toEqual(artifacts)
    })

    withDb('a page of log lines is bounded in bytes too, and holds one line at least', async db => {
      await storeJob(db, 'job00001')
      const lines = ['a', 'b', 'ü'.repeat(5000), 'd', 'e'].map(text => ({ kind: 'text' as const, text, at: AT }))
      await appendEvents(db, 'job00001', 1, lines)
      const page = async (after: number, bytes: number) =>
        (await eventsAfter(db, 'job00001', after, 3, bytes)).map(({ seq }) => seq)
      expect(await page(0, 10_010)).toEqual([1, 2]) // 10,000 bytes of text, and what surrounds it
      expect(await page(0, 100_000)).toEqual([1, 2, 3])
      expect(await page(2, 10)).toEqual([3])
      expect(await page(3, 1)).toEqual([4])
      expect(await page(5, 1)).toEqual([])
      const pageBefore = async (before: number, bytes: number) =>
        (await eventsBefore(db, 'job00001', before, 3, bytes)).map(({ seq }) => seq)
      expect(await pageBefore(Number.MAX_SAFE_INTEGER, 100_000)).toEqual([3, 4, 5])
      expect(await pageBefore(5, 1000)).toEqual([4])
      expect(await pageBefore(4, 10)).toEqual([3])
      expect(await pageBefore(1, 10)).toEqual([])
    })

    withDb('outputs, sessions and instruction texts come back as they were kept', async db => {
      await storeJob(db, 'job00001')
      const artifact = { path: 'a/b.md', bytes: 3, type: 'text/markdown', sha256: 'ff', store: '/out/a/b.md' }
      await insertArtifacts(db, 'job00001', 1, [artifact])
      expect(await artifactsOf(db, 'job00001', 1)).toEqual([artifact])
      expect(await artifactsOf(db, 'job00001', 2)).toEqual([])
      await setNativeSession(db, 'c-job00001', 'uuid')
      expect(await findNativeSession(db, 'c-job00001')).toBe('uuid')
      expect(await findInstructionVersion(db, 'abc')).toEqual({ name: 'brief', source: 'Write' })
      expect(await findInstructionVersion(db, 'none')).toBeNull()
    })

    withDb('a transaction that throws leaves nothing behind', async db => {
      const failing = db.transaction().execute(async trx => {
        await storeJob(trx, 'job00001')
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await findJob(db, 'job00001')).toBeNull()
    })
  })
}
