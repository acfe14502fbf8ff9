import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { Account } from '../../src/config.ts'
import { type Db, openDatabase } from '../../src/db/connect.ts'
import type { Script } from '../../src/demo/conversation.ts'
import { type ScriptedModel, startScriptedModel } from '../../src/demo/model.ts'
import type { Agent } from '../../src/engine/agent.ts'
import { createClaude } from '../../src/engine/claude/claude.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import type { Instructions } from '../../src/engine/instructions/instruction.ts'
import { loadInstructions } from '../../src/engine/instructions/load.ts'
import { parseInstruction } from '../../src/engine/instructions/parse.ts'
import type { JobView } from '../../src/engine/view.ts'
import type { JobEvent, Origin } from '../../src/job.ts'
import { createLog, type Log } from '../../src/log.ts'
import { createRedact } from '../../src/redact.ts'
import type { Sandbox, Sandboxes } from '../../src/sandbox.ts'

/** A whole engine in a folder of its own, with the real CLI or a fixture program as its agent. */
export type World = {
  dir: string
  db: Db
  engine: Engine
  /** Another engine on the same database and folders, as a restarted server would be. */
  restart(): Promise<Engine>
  [Symbol.asyncDispose](): Promise<void>
}

export const ANN: Origin = {
  platform: 'terminal',
  actor: 'user:terminal:ann',
  actorName: 'ann',
  place: 'channel:terminal:local',
  ref: null,
}

/** Somebody else in the same place. */
export const BEN: Origin = { ...ANN, actor: 'user:terminal:ben', actorName: 'ben' }

/** An account that is billed nowhere, of the API at this address. */
export const accountAt = (baseUrl: string): Account => ({ kind: 'key', secret: 'sk-ant-the-key-of-the-tests', baseUrl })

/** Instructions from their sources by name; a mistake in one fails the test. */
export function instructionsOf(
  sources: Record<string, string>,
  mcpServers: Record<string, unknown> = {},
): Instructions {
  const parsed = Object.entries(sources).map(([name, source]) => {
    const result = parseInstruction(name, source)
    if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
    return [name, result.instruction] as const
  })
  return { byName: new Map(parsed), mistakes: [], mcpServers: new Map(Object.entries(mcpServers)) }
}

/**
 * Makes a world. `instructions` are sources by name, or the folder that holds them with all that belongs to them. With
 * `model` the agent is the real CLI against that script, with `bin` it is that program.
 */
export async function makeWorld(options: {
  instructions: Record<string, string> | string
  /** As an mcp.json beside the sources would name them. */
  mcpServers?: Record<string, unknown>
  model?: Script
  /** The real CLI against the API there, instead of a model. */
  apiUrl?: string
  bin?: string
  /** An agent of the test's own, for a fault that no program has on request. */
  agent?: Agent
  /** Default: off. */
  sandbox?: Sandbox
  slots?: number
  timeoutMinutes?: number
  stallMinutes?: number
  /** Where its folder is made. */
  root?: string
  secrets?: string[]
  retentionDays?: number
  retentionGb?: number
  parkMinutes?: number
  adminUsers?: string[]
  clock?: Clock
  log?: Log
  freeMemory?: () => number
  /** Asked anew for each engine. */
  account?: () => Account
}): Promise<World> {
  const dir = await realpath(await mkdtemp(join(options.root ?? tmpdir(), 'errand-test-')))
  const model: ScriptedModel | null = options.model ? await startScriptedModel(options.model, 0) : null
  const db = await openDatabase(`sqlite:${join(dir, 'data', 'errand.db')}`)
  const env = { PATH: process.env.PATH ?? '' }
  const apiUrl = model?.url ?? options.apiUrl
  const account = apiUrl ? accountAt(apiUrl) : null
  const { instructions: given } = options
  const sandbox: Sandboxes = {
    inForce: options.sandbox ?? 'off',
    faults: { cli: null, bwrap: null },
    needsNetwork: false,
    hidden: [join(dir, 'data'), join(dir, 'outputs')],
  }
  const folder = typeof given === 'string' ? await loadInstructions(given) : null
  // Read anew for each engine, so that a test can change a source before a restart.
  const load = () => folder ?? instructionsOf(given as Record<string, string>, options.mcpServers)
  const make = () => {
    const instructions = load()
    return createEngine({
      db,
      agent: options.agent ?? createClaude({ bin: options.bin ?? null, model: null, env, account, sandbox }),
      clock: options.clock ?? systemClock,
      log: options.log ?? createLog({ level: 'warn', format: 'json' }),
      instructions: () => instructions,
      redact: createRedact(options.secrets ?? []),
      dataDir: join(dir, 'data'),
      outputsDir: join(dir, 'outputs'),
      maxConcurrentJobs: options.slots ?? 2,
      jobTimeoutMinutes: options.timeoutMinutes ?? 1,
      stallMinutes: options.stallMinutes ?? 1,
      retentionDays: options.retentionDays ?? 0,
      retentionGb: options.retentionGb ?? 0,
      parkMinutes: options.parkMinutes ?? 1,
      adminUsers: options.adminUsers ?? [],
      defaultTimezone: 'UTC',
      account: options.account?.() ?? account,
      ...(options.freeMemory && { freeMemory: options.freeMemory }),
    })
  }
  let engine = make()
  await engine.start()
  return {
    dir,
    db,
    engine,
    restart: async () => {
      await engine.stop()
      engine = make()
      await engine.start()
      return engine
    },
    [Symbol.asyncDispose]: async () => {
      await engine.stop()
      await model?.stop()
      await db.destroy()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Follows a job to its end; gives it as it is then, with its whole log. */
export async function toEnd(engine: Engine, id: string): Promise<{ job: JobView; events: JobEvent[] }> {
  const events: JobEvent[] = []
  for await (const event of engine.follow(id, 0, AbortSignal.timeout(45_000))) events.push(event)
  const job = await engine.job(id)
  if (!job) throw new Error(`job ${id} is gone`)
  return { job, events }
}

/** Follows a job until a line fits; throws when it ends before. */
export async function until(engine: Engine, id: string, fits: (event: JobEvent) => boolean): Promise<JobEvent> {
  for await (const event of engine.follow(id, 0, AbortSignal.timeout(45_000))) if (fits(event)) return event
  throw new Error(`job ${id} ended before the line that was waited for`)
}
