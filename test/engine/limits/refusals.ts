import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Account } from '../../../src/config.ts'
import type { Agent, AgentEnd, ModelCall } from '../../../src/engine/agent.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, makeWorld } from '../../support/world.ts'

export const MINUTE = 60_000
const instructions = { run: '---\ndescription: Run\n---\nGo' }
const run = { instruction: 'run', inputs: {}, origin: ANN }

const spent = { costUsd: 0, usage: null }

export const DONE: AgentEnd = { ok: true, answer: 'done', ...spent }

/** The end of a run whose call was refused; it is of the window unless `fields` say else. */
export const refused = (fields: Partial<Extract<AgentEnd, { ok: false }>>): AgentEnd => ({
  ...{ ok: false, failure: 'usage_limit', message: 'Claude said no.', hold: 'usage', ...spent, ...fields },
})

const ANSWERED: ModelCall = {
  ...{ model: 'a-model', status: 200, requestId: null, isPriced: true, limits: {}, error: null },
  spent: { costUsd: 0.01, usage: null },
}

/**
 * A world whose agent ends as it is told, with how often it was run, and the sessions that it went on with; the first
 * `together` runs end together, those in `calls` have a call answered first.
 */
export async function worldWith(
  end: (n: number) => AgentEnd | Promise<AgentEnd>,
  options: { together: number; slots?: number; adminUsers?: string[]; calls?: number[]; account?: () => Account },
) {
  const { together, calls = [] } = options
  const clock = createFakeClock()
  const sessions: (string | null)[] = []
  const agent: Agent = {
    name: 'fake',
    check: async () => {},
    openCommand: async () => '',
    heard: async () => [],
    run: async function* ({ session, onCall }) {
      sessions.push(session.nativeId)
      yield { kind: 'spawned', pid: 0, nativeSession: session.nativeId ?? `session ${sessions.length}` }
      const n = sessions.length
      yield { kind: 'alive' }
      if (calls.includes(n)) onCall(ANSWERED)
      while (n <= together && sessions.length < together) await delay(5)
      yield { kind: 'ended', end: await end(n) }
    },
  }
  const world = await makeWorld({
    instructions,
    agent,
    clock,
    slots: options.slots ?? 4,
    adminUsers: options.adminUsers ?? [],
    ...(options.account && { account: options.account }),
  })
  const submit = async (count: number) => {
    const jobs = await Promise.all(Array.from({ length: count }, () => world.engine.submit(run)))
    return jobs.map(({ id }) => id)
  }
  const allAre = (ids: string[], status: string, attempts?: number) =>
    eventually(async () => {
      const views = await Promise.all(ids.map(id => world.engine.job(id)))
      expect(new Set(views.map(view => view?.status))).toEqual(new Set([status]))
      if (attempts !== undefined) expect(sessions.length).toBe(attempts)
    })
  return { ...world, world, clock, sessions, submit, allAre, runs: () => sessions.length }
}
