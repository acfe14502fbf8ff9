import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { endAttempt, insertAttempt, ranBefore, setProcess, setSpent } from '../../src/db/attempt.ts'
import { appendEvents } from '../../src/db/event.ts'
import { moveJob } from '../../src/db/job.ts'
import { holdLock } from '../../src/db/lock.ts'
import { insertQuestion } from '../../src/db/question.ts'
import { dequeue } from '../../src/db/queue.ts'
import { keepAlive } from '../../src/db/server.ts'
import { processStart } from '../../src/engine/process-start.ts'
import { MARKER_VARIABLE, markerOf } from '../../src/engine/reaper.ts'
import { foldersIn } from '../../src/engine/workspace.ts'
import type { AttemptCause, JobStatus } from '../../src/job.ts'
import { makeDeep } from '../support/deep.ts'
import { eventually } from '../support/eventually.ts'
import { makeSite, type Site } from '../support/server.ts'
import { processesOf } from '../support/sound.ts'
import { ANN } from '../support/world.ts'

const AT = '2026-11-21T10:00:00.000Z'
const SPENT = { costUsd: 0.5, usage: null }

/** The number and the start of a process that has just ended. */
async function deadProcess() {
  const child = spawn('sleep', ['60'])
  const pid = Number(child.pid)
  const pidStart = processStart(pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return { pid, pidStart }
}

const livingProcess = () => ({ pid: process.pid, pidStart: processStart(process.pid) })

/** A job whose attempts have these causes, the last of them under way, of an owner with that process. */
async function plant(
  site: Site,
  options: { causes?: AttemptCause[]; owner?: { pid: number; pidStart: string | null }; leaseMs?: number } = {},
): Promise<string> {
  const { causes = ['submit'], owner = await deadProcess(), leaseMs = 30_000 } = options
  const { db } = site
  const { id } = await site.engine.submit({ instruction: 'task', inputs: {}, origin: ANN })
  await dequeue(db, id)
  await moveJob(db, id, 'queued', 'running', { attempt: causes.length })
  const name = `owner of ${id}`
  await keepAlive(db, { owner: name, host: hostname(), ...owner }, leaseMs)
  for (const [i, cause] of causes.entries()) {
    const key = { job: id, n: i + 1 }
    const folders = { workspace: 'w', session: 's', at: AT }
    await insertAttempt(db, { ...key, cause, owner: name, host: hostname(), leaseMs, ...folders })
    const crash = { kind: 'interrupted', cause: 'crash', why: 'crash' } as const
    if (i + 1 < causes.length) await endAttempt(db, key, name, crash, SPENT, AT)
    else await setSpent(db, key, SPENT)
  }
  return id
}

const site = async () => {
  const made = await makeSite({ task: '---\ndescription: F\n---\nGo' }, {})
  onTestFinished(async () => {
    await made.engine.stop()
    await made[Symbol.asyncDispose]()
  })
  return made
}

const statuses = async ({ db }: Site, id: string) =>
  (await db.selectFrom('event').select(['body', 'attempt']).where('job', '=', id).orderBy('seq').execute()).map(
    ({ body, attempt }) => [attempt, JSON.parse(body).status as JobStatus],
  )

test('a job goes back to the queue with what it has cost, as soon as its server is gone', async () => {
  const made = await site()
  const id = await plant(made)
  await made.engine.start()
  expect((await statuses(made, id)).slice(0, 2)).toEqual([
    [0, 'queued'],
    [1, 'queued'],
  ])
  expect(await made.engine.job(id)).toMatchObject({ costUsd: 0.5 })
  await eventually(async () => expect((await made.engine.job(id))?.attempt).toBe(2))
})

test('the time for which a server was away is no running time of its jobs', async () => {
  const made = await site()
  const id = await plant(made)
  const now = Date.now()
  const [began, left] = [now - 3_600_000, now - 3_599_000].map(at => new Date(at).toISOString())
  await made.db
    .updateTable('attempt')
    .set({ started_at: String(began), lease_until: String(left) })
    .execute()
  await made.engine.start()
  await eventually(async () => expect(await ranBefore(made.db, { job: id, n: 2 }, [])).toBe(1000))
})

test('three crashes in a row without a word end a job, and a word before the last one does not', async () => {
  const made = await site()
  const causes: AttemptCause[] = ['submit', 'crash', 'crash']
  const mute = await plant(made, { causes })
  const { conversation } = (await made.engine.job(mute)) ?? {}
  const workspace = join(made.dir, 'data/workspaces', String(conversation))
  await mkdir(workspace, { recursive: true })
  await writeFile(join(workspace, 'half.md'), 'made before it crashed')
  const spoke = await plant(made, { causes })
  await appendEvents(made.db, spoke, 2, [{ kind: 'text', text: 'here', at: AT }])
  const shutDown = await plant(made, { causes: ['submit', 'crash', 'shutdown'] })
  await made.engine.start()
  expect(await made.engine.job(mute)).toMatchObject({ status: 'failed', failure: 'interrupted', costUsd: 0.5 })
  expect((await made.engine.job(mute))?.message).toMatch(/ended 3 times in a row .* Run it again;/)
  expect((await made.engine.job(mute))?.outputs.map(({ path }) => path)).toEqual(['half.md'])
  for (const id of [spoke, shutDown]) expect(await statuses(made, id)).toContainEqual([3, 'queued'])
})

test('a crash that left folders which no path can name holds up nothing', async () => {
  const made = await site()
  const id = await plant(made)
  const tmp = join(made.dir, 'data/tmp')
  for (const name of [`${id}-1`, 'gone0000-1']) {
    await mkdir(join(tmp, name), { recursive: true })
    await makeDeep(join(tmp, name))
  }
  await made.engine.start()
  await eventually(async () => expect(await statuses(made, id)).toContainEqual([1, 'queued']))
  await eventually(async () => expect(await readdir(tmp)).toEqual([]))
})

test('a job that waits for an answer waits on', async () => {
  const made = await site()
  const id = await plant(made)
  const asked = { kind: 'approval' as const, tool: 'Bash', input: {}, text: 'running `ls`', toolUseId: 't1' }
  const [at, later] = ['2026-11-21T10:00:00.000Z', '2099-01-01T00:00:00.000Z']
  await insertQuestion(made.db, { id: 'q', job: id, attempt: 1, ...asked, at, remindAt: later, expiresAt: later })
  await moveJob(made.db, id, 'running', 'waiting')
  await made.engine.start()
  expect(await made.engine.job(id)).toMatchObject({ status: 'waiting', attempt: 1, questions: [{ id: 'q' }] })
  expect(await made.db.selectFrom('attempt').select('outcome').execute()).toEqual([{ outcome: 'interrupted' }])
  expect(await statuses(made, id)).toEqual([[0, 'queued']])
  expect(await made.db.selectFrom('queue').selectAll().execute()).toEqual([])
})

test('what a living server runs is left alone, whoever else starts', async () => {
  const made = await site()
  const id = await plant(made, { owner: livingProcess() })
  await made.engine.start()
  expect(await made.db.selectFrom('attempt').select(['owner', 'ended_at']).execute()).toEqual([
    { owner: `owner of ${id}`, ended_at: null },
  ])
  expect((await made.engine.job(id))?.status).toBe('running')
})

test('who left his lock is dead at once, in whatever container he was', async () => {
  const made = await site()
  const elsewhere = { pid: 1, pidStart: 'boot pid:[1] 1' } // a number that says nothing here
  const [left, held, unknown] = [0, 1, 2].map(() => plant(made, { owner: elsewhere }))
  const locks = join(made.dir, 'data/locks')
  await mkdir(locks)
  onTestFinished(holdLock(join(locks, `owner of ${await held}`)))
  await writeFile(join(locks, `owner of ${await left}`), '')
  await made.engine.start()
  expect(await statuses(made, String(await left))).toContainEqual([1, 'queued'])
  for (const id of [held, unknown]) expect(await statuses(made, String(await id))).not.toContainEqual([1, 'queued'])
  expect(await readdir(locks)).toEqual([made.engine.owner, `owner of ${await held}`].sort())
})

test('a process number that is another one by now says nothing', async () => {
  const made = await site()
  const id = await plant(made, { owner: { ...livingProcess(), pidStart: `${livingProcess().pidStart}0` } })
  const stranger = spawn('sleep', ['60'])
  onTestFinished(() => void stranger.kill('SIGKILL'))
  await setProcess(made.db, { job: id, n: 1 }, Number(stranger.pid), `${processStart(Number(stranger.pid))}0`)
  await made.engine.start()
  expect(await statuses(made, id)).toContainEqual([1, 'queued'])
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
})

test("a copy of a data folder ends what its own server left, and nothing of the original's", async () => {
  const made = await site()
  const id = await plant(made, { owner: livingProcess(), leaseMs: -1000 }) // as in a copy: nobody renews it here
  const agentOf = (dataDir: string) => {
    const marker = markerOf({ job: id, n: 1 }, foldersIn(dataDir))
    const agent = spawn('sleep', ['60'], { env: { ...process.env, [MARKER_VARIABLE]: marker } })
    onTestFinished(() => void agent.kill('SIGKILL'))
    return agent
  }
  agentOf(join(made.dir, 'data'))
  const original = agentOf('/srv/errand/data')
  await setProcess(made.db, { job: id, n: 1 }, Number(original.pid), processStart(Number(original.pid)))
  await eventually(() => expect(processesOf(id)).toHaveLength(2))
  await made.engine.start()
  expect(await statuses(made, id)).toContainEqual([1, 'queued'])
  expect(processesOf(id)).toEqual([original.pid])
})

test('a clock that was set back keeps no job from going on, nor one whose lease has run out', async () => {
  const made = await site()
  const later = await plant(made, { leaseMs: 3_600_000 })
  const over = await plant(made, { owner: livingProcess(), leaseMs: -1000 })
  await made.engine.start()
  for (const id of [later, over]) expect(await statuses(made, id)).toContainEqual([1, 'queued'])
})

test('files of a job that was never made are removed after an hour, and what attempts threw away at once', async () => {
  const made = await site()
  const { id } = await made.engine.submit({ instruction: 'task', inputs: {}, origin: ANN })
  const running = await plant(made, { owner: livingProcess() })
  const [inputs, tmp] = [join(made.dir, 'data/inputs'), join(made.dir, 'data/tmp')]
  for (const name of ['0dd0dd00', id, 'young000']) await mkdir(join(inputs, name), { recursive: true })
  for (const name of ['0dd0dd00', id]) await utimes(join(inputs, name), 0, Date.now() / 1000 - 3700)
  for (const name of [`${running}-1`, 'gone0000-1', '../try-old', '../try-new'])
    await mkdir(join(tmp, name), { recursive: true })
  await utimes(join(tmp, '../try-old'), 0, Date.now() / 1000 - 3700) // a doctor that somebody had no patience with
  await symlink('nowhere', join(tmp, '../try-gone')) // looks like what has gone since it was listed
  await made.engine.start()
  await eventually(async () => expect(await readdir(tmp)).toEqual([`${running}-1`]))
  const left = await readdir(join(tmp, '..'))
  expect(left.filter(name => name.startsWith('try-')).sort()).toEqual(['try-gone', 'try-new'])
  expect((await readdir(inputs)).sort()).toEqual([id, 'young000'].sort())
})
