import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { sql } from 'kysely'
import { systemClock } from '../../src/clock.ts'
import { type Db, openDatabase } from '../../src/db/connect.ts'
import type { AgentEvent } from '../../src/engine/agent.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import { loadInstructions } from '../../src/engine/instructions/load.ts'
import { createLog } from '../../src/log.ts'

/** A server in a process of its own, as a person starts it. */
export type ServerProcess = {
  pid: number
  /** Where its API is. */
  url: string
  /** Sends the signal and, unless it only stops or continues the process, resolves once it is gone: its exit status. */
  kill(signal: NodeJS.Signals): Promise<number | undefined>
  signal(signal: NodeJS.Signals): void
  readonly exited: Promise<number | undefined>
  /** What it has logged so far. */
  log(): string
}

/** A folder with a database on which servers are started and killed, and an engine that only submits and looks. */
export type Site = {
  dir: string
  db: Db
  engine: Engine
  start(env?: Record<string, string>): Promise<ServerProcess>
  /** What all its servers have logged. */
  logs(): string
  [Symbol.asyncDispose](): Promise<void>
}

/** Makes a site with these instructions by name. `env` is what every server of it gets besides its folders. */
export async function makeSite(instructions: Record<string, string>, env: Record<string, string>): Promise<Site> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-site-')))
  const [dataDir, outputsDir, instructionsDir] = [join(dir, 'data'), join(dir, 'outputs'), join(dir, 'instructions')]
  await mkdir(instructionsDir)
  for (const [name, source] of Object.entries(instructions))
    await writeFile(join(instructionsDir, `${name}.md`), source)
  const db = await openDatabase(`sqlite:${join(dataDir, 'errand.db')}`)
  await sql`pragma busy_timeout = 5000`.execute(db) // this process may wait for the servers' commits
  const loaded = await loadInstructions(instructionsDir)
  const engine = createEngine({
    ...{ db, dataDir, outputsDir, clock: systemClock, instructions: () => loaded },
    agent: { name: 'claude', check: async () => {}, run: refuse, openCommand: async () => '', heard: async () => [] },
    log: createLog({ level: 'warn', format: 'json' }),
    redact: text => text,
    ...{ maxConcurrentJobs: 1, jobTimeoutMinutes: 1, stallMinutes: 1, retentionDays: 0, retentionGb: 0 },
  })
  const processes: ServerProcess[] = []
  const start: Site['start'] = async (more = {}) => {
    const folders = { DATA_DIR: dataDir, OUTPUTS_DIR: outputsDir, INSTRUCTIONS_DIR: instructionsDir }
    const server = await startServer({ PATH: process.env.PATH ?? '', PORT: '0', ...folders, ...env, ...more })
    processes.push(server)
    return server
  }
  return {
    ...{ dir, db, engine, start },
    logs: () => processes.map(server => server.log()).join(''),
    [Symbol.asyncDispose]: async () => {
      for (const server of processes) await server.kill('SIGKILL')
      await db.destroy()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The agent of an engine that is not to run any. */
async function* refuse(): AsyncGenerator<AgentEvent> {
  const end = { ok: false, failure: 'agent_error', message: 'Nothing is run here.', costUsd: 0, usage: null } as const
  yield { kind: 'ended', end }
}

/** Resolves once the server says that it is up. */
async function startServer(env: Record<string, string>): Promise<ServerProcess> {
  const args = ['--import', 'tsx', 'src/cli.ts', 'start']
  const child = execa(process.execPath, args, {
    ...{ env: { LOG_FORMAT: 'json', ...env }, extendEnv: false, reject: false, buffer: false },
    cleanup: true,
    forceKillAfterDelay: false, // a server may take longer than that to end deaf agents
  })
  let log = ''
  const up = Promise.withResolvers<void>()
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk
    if (log.includes('"errand is up"')) up.resolve()
  })
  const exited = child.then(({ exitCode }) => exitCode)
  void exited.then(() => up.reject(new Error(`the server ended before it was up: ${log}`)))
  await up.promise
  const signal = (name: NodeJS.Signals) => void child.kill(name)
  return {
    pid: Number(child.pid),
    url: /"url":"([^"]+)"/.exec(log)?.[1] ?? '',
    signal,
    kill: async name => {
      signal(name)
      return await exited
    },
    exited,
    log: () => log,
  }
}
