import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent, AgentEnd, AgentEvent, Task } from '../../src/engine/agent.ts'
import { taskOf } from '../engine/claude/task.ts'

/** What an agent is made to do; `prompt` is what the task has to say for it. */
export type Scenario = 'answers "done"' | 'writes a.md' | 'fails' | 'never ends'
export type AgentWorld = { agent: Agent; prompt: string; stop?: () => Promise<void> }

/** What every agent behind the port must do. `make` gives one that will play the scenario. */
export function agentContract(name: string, make: (scenario: Scenario) => Promise<AgentWorld>): void {
  const left: (() => Promise<void>)[] = []
  const begin = async (scenario: Scenario, changes: Partial<Task> = {}) => {
    const { agent, prompt, stop } = await make(scenario)
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-agent-')))
    left.push(() => rm(dir, { recursive: true, force: true }), stop ?? (async () => {}))
    const session = { dir: join(dir, 'session'), nativeId: null }
    const folders = { workspace: join(dir, 'workspace'), tmp: join(dir, 'tmp') }
    for (const folder of [session.dir, ...Object.values(folders)]) await mkdir(folder)
    return { agent, task: taskOf({ prompt, session, ...folders, ...changes }) }
  }
  const run = async (scenario: Scenario, changes: Partial<Task> = {}, signal = AbortSignal.timeout(45_000)) => {
    const { agent, task } = await begin(scenario, changes)
    const events: AgentEvent[] = []
    for await (const event of agent.run(task, signal)) events.push(event)
    return { events, task, end: endOf(events), pid: pidOf(events) }
  }

  describe(name, () => {
    // A start of the real CLI is dear: what two runs at once did is looked at in several tests.
    let wrote: Awaited<ReturnType<typeof run>>
    let answered: typeof wrote
    beforeAll(async () => {
      ;[wrote, answered] = await Promise.all([run('writes a.md'), run('answers "done"')])
    })
    afterAll(async () => {
      for (const remove of left) await remove()
    })

    test('its program can run here', async () => {
      const { agent, stop } = await make('answers "done"')
      await expect(agent.check()).resolves.toBeUndefined()
      expect(agent.name).toMatch(/^[a-z]+$/)
      await stop?.()
    })

    test('it is spawned first, ends once and last, and gives its answer with what it cost', () => {
      const { events, end, pid } = answered
      expect(events[0]).toMatchObject({ kind: 'spawned', nativeSession: expect.stringMatching(/./) })
      expect(events.filter(({ kind }) => kind === 'spawned' || kind === 'ended')).toHaveLength(2)
      expect(end).toMatchObject({ ok: true, answer: 'done', costUsd: expect.any(Number) })
      expect(end.costUsd).toBeGreaterThan(0)
      expect(isAlive(pid)).toBe(false)
    })

    test('it logs a tool with its result under one id, in words', () => {
      const { events, end } = wrote
      const logged = events.flatMap(event => (event.kind === 'log' ? event.body : []))
      const used = logged.find(({ kind }) => kind === 'tool_use')
      expect(used).toMatchObject({ tool: 'Write', text: 'writing a.md', id: expect.any(String) })
      expect(logged.find(({ kind, id }) => kind === 'tool_result' && id === used?.id)).toMatchObject({ isError: false })
      expect(end.ok).toBe(true)
    })

    test('two run at once without meeting', () => {
      expect([wrote.end.ok, answered.end.ok]).toEqual([true, true])
      expect(answered.events.some(event => event.kind === 'log' && event.body.kind === 'tool_use')).toBe(false)
    })

    test('a failure is an end with a code and a sentence, and no exception', async () => {
      const { end } = await run('fails')
      expect(end).toMatchObject({ ok: false, failure: 'auth', message: expect.stringMatching(/\.$/) })
    })

    test('an abort ends its process, and it still says how it ended', async () => {
      const stop = new AbortController()
      const { agent, task } = await begin('never ends')
      const events: AgentEvent[] = []
      for await (const event of agent.run(task, stop.signal)) {
        events.push(event)
        if (event.kind === 'log') stop.abort({ kind: 'shutdown' })
      }
      expect(endOf(events).ok).toBe(false)
      expect(isAlive(pidOf(events))).toBe(false)
    })

    test('one that is aborted before it begins ends at once', async () => {
      const { end, pid } = await run('never ends', {}, AbortSignal.abort({ kind: 'shutdown' }))
      expect(end.ok).toBe(false)
      expect(isAlive(pid)).toBe(false)
    })

    test('leaving the iteration early ends its process', async () => {
      const { agent, task } = await begin('never ends')
      let pid = 0
      for await (const event of agent.run(task, AbortSignal.timeout(45_000))) {
        if (event.kind === 'spawned') pid = event.pid
        if (event.kind === 'log') break
      }
      expect(isAlive(pid)).toBe(false)
    })

    test('a session is gone on with under the id that it gave', async () => {
      const spawned = answered.events.find(event => event.kind === 'spawned')
      const session = { dir: answered.task.session.dir, nativeId: spawned?.nativeSession ?? null }
      const { events, end } = await run('answers "done"', { session, workspace: answered.task.workspace })
      expect(events[0]).toMatchObject({ kind: 'spawned', nativeSession: session.nativeId })
      expect(end).toMatchObject({ ok: true, answer: 'done' })
    })
  })
}

function endOf(events: AgentEvent[]): AgentEnd {
  const last = events.at(-1)
  if (last?.kind !== 'ended') throw new Error(`the last event is ${last?.kind}`)
  return last.end
}

function pidOf(events: AgentEvent[]): number {
  const spawned = events.find(event => event.kind === 'spawned')
  if (!spawned) throw new Error('it was not spawned')
  return spawned.pid
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
