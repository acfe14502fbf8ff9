import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { makeSite, type Site } from '../support/server.ts'
import { expectSound, processesOf } from '../support/sound.ts'
import { ANN } from '../support/world.ts'

const CLAUDE_BIN = resolve('test/fixtures/claude-fixture.mjs')
type Todo = [verb: string, argument?: unknown][]
const doing = (todo: Todo) => `---\ndescription: F\n---\nDO ${JSON.stringify(todo)}`
const CALL = { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] } }

const submit = async (site: Site, instruction: string) =>
  (await site.engine.submit({ instruction, inputs: {}, origin: ANN })).id
const attempts = (site: Site, job: string) =>
  site.db.selectFrom('attempt').selectAll().where('job', '=', job).orderBy('n').execute()
const workspaceOf = async (site: Site, job: string) =>
  join(site.dir, 'data/workspaces', (await attempts(site, job))[0]?.workspace ?? 'none')
const untilHere = (site: Site, job: string) =>
  eventually(async () => expect(existsSync(join(await workspaceOf(site, job), 'here'))).toBe(true))

test('a server that sleeps is left alone until its lease ends, and then commits nothing', async () => {
  const wait = doing([
    ['write', ['here', '']],
    ['until', 'go'],
    ['result', 'from the one that slept'],
  ])
  await using site = await makeSite({ wait, hang: doing([['stay', 'here']]) }, { CLAUDE_BIN, MAX_CONCURRENT_JOBS: '1' })
  const sleeper = await site.start()
  const id = await submit(site, 'wait')
  await untilHere(site, id)
  sleeper.signal('SIGSTOP')
  await writeFile(join(await workspaceOf(site, id), 'go'), '') // its agent ends well, and nobody hears of it yet
  const other = await site.start()
  await delay(1200) // the other one has looked by now
  expect(await attempts(site, id)).toMatchObject([{ n: 1, ended_at: null }])

  const past = '2026-01-01T00:00:00.000Z' // as if it had slept on
  await site.db.updateTable('attempt').set({ lease_until: past }).execute()
  await site.db.updateTable('server').set({ alive_until: past }).where('pid', '=', sleeper.pid).execute()
  const { job, events } = await expectSound(site, id)
  expect(job).toMatchObject({ status: 'succeeded', attempt: 2 })
  expect(job.result).toContain('The server restarted')
  sleeper.signal('SIGCONT')
  await eventually(() => expect(sleeper.log()).toContain('somebody else'))
  expect((await expectSound(site, id)).events).toEqual(events)
  expect(await readdir(join(site.dir, 'outputs', id))).toEqual(['2'])

  // It is one of two again, and a cancel reaches a job in either.
  const hanging = await submit(site, 'hang')
  await untilHere(site, hanging)
  await site.engine.cancel(hanging, ANN)
  expect((await expectSound(site, hanging)).job.status).toBe('cancelled')
  expect(await Promise.all([sleeper, other].map(server => server.kill('SIGTERM')))).toEqual([0, 0])
})

test('a second signal kills deaf agents at once, and a deploy under load loses and doubles nothing', async () => {
  const deaf = doing([['deaf'], ['line', CALL], ['runaway', 'runaway'], ['say', 'deaf'], ['stay', 'here']])
  const quick = doing([
    ['say', 'working'],
    ['sleep', 150],
    ['result', 'done'],
  ])
  await using site = await makeSite({ deaf, quick }, { CLAUDE_BIN, MAX_CONCURRENT_JOBS: '3' })
  const old = await site.start()
  const id = await submit(site, 'deaf')
  const jobs = await Promise.all(Array.from({ length: 12 }, () => submit(site, 'quick')))
  await untilHere(site, id)
  const asked = performance.now()
  old.signal('SIGTERM')
  const starting = site.start()
  await eventually(() => expect(old.log()).toContain('SIGTERM: stopping'))
  expect(await old.kill('SIGTERM')).toBe(0)
  expect(performance.now() - asked).toBeLessThan(5000) // what deaf ones have otherwise
  const next = await starting
  for (const job of [id, ...jobs]) expect((await expectSound(site, job)).job.status).toBe('succeeded')
  const [first, second] = await attempts(site, id)
  expect([first?.outcome, second?.cause]).toEqual(['interrupted', 'shutdown'])
  expect(await next.kill('SIGTERM')).toBe(0)
  expect(processesOf(id)).toEqual([])
})

test('a drain that takes too long ends with status 1, and the next start takes up what it left', async () => {
  const deaf = doing([['deaf'], ['line', CALL], ['runaway', 'runaway'], ['say', 'deaf'], ['stay', 'here']])
  await using site = await makeSite({ deaf }, { CLAUDE_BIN, SANDBOX: 'off' })
  const old = await site.start({ DRAIN_SECONDS: '0.5' })
  const id = await submit(site, 'deaf')
  await untilHere(site, id)
  expect(await old.kill('SIGTERM')).toBe(1)
  expect(old.log()).toContain('not everything ended within 0.5 s (DRAIN_SECONDS)')
  expect(await attempts(site, id)).toMatchObject([{ ended_at: null }])
  expect(processesOf(id)).not.toEqual([])
  await site.start()
  expect((await expectSound(site, id)).job).toMatchObject({ status: 'succeeded', attempt: 2 })
})
