import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { AgentEnd, AgentEvent, Task } from '../../../src/engine/agent.ts'
import { createClaude } from '../../../src/engine/claude/claude.ts'
import { UserError } from '../../../src/errors.ts'
import { NO_SANDBOX } from '../../../src/sandbox.ts'
import { eventually } from '../../support/eventually.ts'
import { taskOf } from './task.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
const env = { PATH: process.env.PATH ?? '' }
const claude = createClaude({ bin, model: null, account: null, env, sandbox: NO_SANDBOX })

/** A task in folders of its own, for the adapter alone: no engine looks after what it leaves. */
async function doing(todo: [verb: string, argument?: unknown][]): Promise<Task> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-claude-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const folders = { workspace: join(dir, 'workspace'), tmp: join(dir, 'tmp') }
  const session = { dir: join(dir, 'session'), nativeId: null }
  for (const folder of [session.dir, ...Object.values(folders)]) await mkdir(folder)
  return taskOf({ prompt: `DO ${JSON.stringify(todo)}`, session, ...folders })
}

async function endOf(events: AsyncIterable<AgentEvent>): Promise<AgentEnd | undefined> {
  let end: AgentEnd | undefined
  for await (const event of events) if (event.kind === 'ended') end = event.end
  return end
}

const isGone = (pid: number) => {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}

test('a process that lives on after its result is ended after a while, and its result stands', async () => {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const run = claude.run(await doing([['result', 'done'], ['hang']]), stop.signal)[Symbol.asyncIterator]()
  let event: AgentEvent | undefined
  while (event?.kind !== 'alive') event = (await run.next()).value // the line with the result was just taken
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const last = run.next()
  await eventually(() => expect(vi.getTimerCount()).toBe(1))
  vi.advanceTimersByTime(5000)
  expect((await last).value).toMatchObject({ kind: 'ended', end: { ok: true, answer: 'done' } })
})

test('a further turn that breaks off is a failure, whatever the one before it answered', async () => {
  const task = await doing([
    ['result', 'I am waiting for the tests.'],
    ['line', { type: 'system', subtype: 'init' }],
    ['exit', 137],
  ])
  const end = await endOf(claude.run(task, AbortSignal.timeout(45_000)))
  expect(end).toMatchObject({ ok: false, failure: 'agent_error', costUsd: 0.25 })
})

test('an answer of over 1 MiB is cut and marked', async () => {
  const task = await doing([['result', 'x'.repeat(1.5 * 1024 * 1024)]])
  const end = await endOf(claude.run(task, AbortSignal.timeout(45_000)))
  const answer = `${'x'.repeat(1024 * 1024)}\n[cut here: 524.3 kB more]`
  expect(end).toMatchObject({ ok: true, answer })
})

test('what runs in its process group ends with it', async () => {
  const stop = new AbortController()
  let child = 0
  for await (const event of claude.run(await doing([['child', 60], ['hang']]), stop.signal)) {
    if (event.kind !== 'log') continue
    child = Number(event.body.text)
    expect(isGone(child)).toBe(false)
    stop.abort({ kind: 'shutdown' })
  }
  await eventually(() => expect(isGone(child)).toBe(true))
})

test.each([
  ['a folder', resolve('test')],
  ['no program', resolve('package.json')],
  ['nothing', resolve('no-such-program')],
])('CLAUDE_BIN that is %s is named with the remedy', async (_, path) => {
  const refused = createClaude({ bin: path, model: null, account: null, env: {}, sandbox: NO_SANDBOX }).check()
  await expect(refused).rejects.toThrow(UserError)
  await expect(refused).rejects.toThrow(`The Claude CLI ${path} cannot be run`)
  await expect(refused).rejects.toThrow('Correct CLAUDE_BIN')
})

test.each([
  ['that has Bash, where none works', null, { allowedTools: ['Bash'] }],
  ['that may ask for Bash, where none works', null, { askTools: ['Bash'] }],
  ['that asks for one which does not work', 'off', { sandbox: 'bwrap' }],
] as const)('a job %s does not start, though its instruction was kept when it could', async (_, inForce, needs) => {
  const faults = { cli: 'it is not there.', bwrap: 'it is not there.' }
  const claude = createClaude({
    bin,
    model: null,
    account: null,
    env,
    sandbox: { inForce, faults, needsNetwork: false, hidden: [] },
  })
  const task = { ...(await doing([['result', 'done']])), ...needs }
  const kinds: string[] = []
  for await (const event of claude.run(task, AbortSignal.timeout(45_000))) {
    kinds.push(event.kind)
    if (event.kind === 'ended')
      expect(event.end).toMatchObject({ ok: false, message: expect.stringContaining('it is not there.') })
  }
  expect(kinds).toEqual(['ended'])
})
