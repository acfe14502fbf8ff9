import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { createAdmin, listen } from './admin/server.ts'
import { adminToken } from './admin/token.ts'
import { createBot } from './bot/bot.ts'
import type { Platform } from './bot/platform.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { openDatabase } from './db/connect.ts'
import type { Agent } from './engine/agent.ts'
import { createClaude } from './engine/claude/claude.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import { loadInstructions } from './engine/instructions/load.ts'
import { watchInstructions } from './engine/instructions/watch.ts'
import { messageOf, UserError } from './errors.ts'
import { type Log, redactor } from './log.ts'
import { VERSION } from './version.ts'

/** The running program: what the demo and the server both start. */
export type App = {
  engine: Engine
  /** Where the admin page listens, without a slash at its end. */
  url: string
  /** Resolves once every request is answered and every thread is told to its end. */
  settled(): Promise<void>
  /** Stops in the reverse order of the start; running jobs go back to the queue. */
  stop(): Promise<void>
}

/**
 * Checks everything, then starts database, admin server, engine and platforms in this order. Throws one UserError that
 * lists every problem of the configuration; then nothing runs and nothing was changed but empty folders.
 */
export async function startApp(config: Config, log: Log, platforms: Platform[]): Promise<App> {
  const clock = systemClock
  const { claudeBin: bin, claudeModel: model, agentEnv: env, account } = config
  const agent = createClaude({ bin, model, env, account })
  await preflight(config, agent)
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const instructions = await watchInstructions(config.instructionsDir, { clock, log })
    stops.push(async () => instructions.stop())
    const db = await openDatabase(config.databaseUrl)
    stops.push(() => db.destroy())
    const dataDir = await realpath(config.dataDir)
    const engine = createEngine({ ...config, dataDir, db, agent, clock, log, instructions: instructions.current })
    const token = await adminToken(dataDir, config.adminToken)
    const { publicUrl } = config
    const admin = await listen(
      createAdmin({ engine, db, agent, clock, log, version: VERSION, token, publicUrl }),
      config,
    )
    stops.push(admin.stop)
    const bot = createBot({ engine, db, platforms, clock, log, redact: redactor([...config.secrets, token]) })
    // Together: a chat that does not answer must not keep jobs from being interrupted and put back.
    stops.push(async () => void (await Promise.all([bot.stop(), engine.stop()])))
    await engine.start()
    await bot.start()
    return { engine, url: admin.url, settled: bot.settled, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Tries what the program needs of this machine; every problem is named at once. */
async function preflight(config: Config, agent: Agent): Promise<void> {
  const problems: string[] = []
  const attempt = async (check: () => Promise<unknown>): Promise<void> => {
    try {
      await check()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      problems.push(error.message)
    }
  }
  await attempt(() => makeWritable(config.dataDir, 'DATA_DIR'))
  await attempt(() => makeWritable(config.outputsDir, 'OUTPUTS_DIR'))
  await attempt(() => agent.check())
  await attempt(() => loadInstructions(config.instructionsDir))
  if (problems.length > 0) throw new UserError(problems.join('\n'))
}

async function makeWritable(folder: string, variable: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK)
  } catch (cause) {
    const why = `The folder ${folder} cannot be written (${messageOf(cause)}).`
    throw new UserError(`${why} Make it writable for this user, or set ${variable} to another one.`, { cause })
  }
}
