import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createAdmin, listen } from './admin/server.ts'
import { adminToken } from './admin/token.ts'
import { createBot } from './bot/bot.ts'
import { createControls } from './bot/controls.ts'
import { createLinkTo } from './bot/elsewhere.ts'
import { createLoginLink } from './bot/login.ts'
import type { Platform } from './bot/platform.ts'
import type { PlatformDeps } from './bot/platform-deps.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { type Db, openDatabase } from './db/connect.ts'
import { findLoss } from './db/look.ts'
import { FILE_LINKS, secretOf } from './db/secret.ts'
import { checkClaude } from './engine/claude/binary.ts'
import { createClaude } from './engine/claude/claude.ts'
import { trySandboxes } from './engine/claude/sandbox/try.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import { loadInstructions } from './engine/instructions/load.ts'
import { watchInstructions } from './engine/instructions/watch.ts'
import { foldersIn } from './engine/workspace.ts'
import { messageOf, UserError } from './errors.ts'
import type { Log } from './log.ts'
import { VERSION } from './package.ts'
import { createSecrets } from './redact.ts'
import type { Sandbox, Sandboxes } from './sandbox.ts'

/** The running program: what the demo and the server both start. */
export type App = {
  engine: Engine
  /** Where the admin page listens, without a slash at its end. */
  url: string
  /** What every agent is confined by; null: none works here. */
  sandbox: Sandbox | null
  /** The platforms that are set up, by their names in keys. */
  chats: readonly string[]
  /** Resolves once every request is answered and every thread is told to its end. */
  settled(): Promise<void>
  /** Stops in the reverse order of the start; running jobs go back to the queue. */
  stop(): Promise<void>
  /** Makes a stop that is under way quick. */
  hurry(): Promise<void>
}

/** Makes the platforms, connected to nothing yet. */
export type MakePlatforms = (deps: PlatformDeps) => Promise<Platform[]>

/**
 * Checks everything, then starts database, admin server, engine and platforms in this order. Throws one UserError that
 * lists every problem of the configuration; then nothing runs and nothing was changed but empty folders. `secrets` learns
 * those that the configuration does not have.
 */
export async function startApp(
  config: Config,
  log: Log,
  makePlatforms: MakePlatforms,
  secrets = createSecrets(config.secrets),
): Promise<App> {
  const clock = systemClock
  const sandbox = await preflight(config)
  const { claudeBin: bin, claudeModel: model, agentEnv: env, account } = config
  const agent = createClaude({ bin, model, env, account, sandbox })
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    const failed: unknown[] = []
    for (const step of stops.splice(0).reverse()) await step().catch(error => failed.push(error))
    if (failed.length > 0) throw failed[0] // after the others: what goes on keeps the process alive
  }
  try {
    const instructions = await watchInstructions(config.instructionsDir, {
      ...{ clock, log, sandboxes: sandbox, learn: secrets.learn },
    })
    stops.push(async () => instructions.stop())
    const db = await openDatabase(config.databaseUrl)
    stops.push(() => db.destroy())
    const dataDir = await realpath(config.dataDir)
    const token = await adminToken(dataDir, config.adminToken)
    secrets.learn([token])
    const [{ current }, { redact }] = [instructions, secrets]
    const engine = createEngine({ ...config, dataDir, db, agent, clock, log, redact, instructions: current })
    const platforms = await makePlatforms({ engine, controls: createControls(db, clock), clock, log })
    const { publicUrl } = config
    const extra = platforms.flatMap(({ http }) => http ?? [])
    const admin = await listen(
      createAdmin({ engine, db, agent, clock, log, version: VERSION, token, publicUrl, redact, extra }),
      config,
    )
    stops.push(admin.stop)
    const { owner } = engine
    const links = publicUrl === null ? {} : await linksBelow(publicUrl, db, clock)
    const bot = createBot({ engine, owner, db, platforms, clock, log, redact, ...links })
    // Together: a chat that does not answer must not keep jobs from being interrupted and put back.
    stops.push(async () => void (await Promise.all([bot.stop(), engine.stop()])))
    await engine.start()
    await bot.start()
    const chats = platforms.map(({ name }) => name)
    return { engine, url: admin.url, sandbox: sandbox.inForce, chats, settled: bot.settled, stop, hurry: engine.hurry }
  } catch (error) {
    await stop().catch(late => log.error({ err: late }, 'what had begun could not be stopped'))
    throw error
  }
}

/** What posts and answers link to, where people reach the server. */
const linksBelow = async (publicUrl: string, db: Db, clock: Clock) => ({
  linkTo: createLinkTo(await secretOf(db, FILE_LINKS), publicUrl, clock),
  loginLink: createLoginLink(db, publicUrl, clock),
})

/**
 * Tries what the program needs of this machine; every problem is named at once, but for those of a sandbox, which needs
 * the rest to be tried. Gives what sandboxes there are.
 */
async function preflight(config: Config): Promise<Sandboxes> {
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
  const loss = findLoss(config.databaseUrl, foldersIn(config.dataDir).workspaces)
  if (loss !== null) problems.push(loss)
  await attempt(() => checkClaude(config.claudeBin))
  await attempt(() => loadInstructions(config.instructionsDir))
  if (problems.length > 0) throw new UserError(problems.join('\n'))
  const { claudeBin: bin, agentEnv: env, account } = config
  const dataDir = await realpath(config.dataDir)
  return await trySandboxes(config.sandbox, { bin, env, dataDir, account, hidden: await hiddenPaths(config) })
}

/** What of the server no agent may see: its data, the instructions with their servers' secrets, its settings. */
export async function hiddenPaths({ dataDir, databaseUrl, outputsDir, instructionsDir }: Config): Promise<string[]> {
  const database = databaseUrl.replace(/^sqlite:/, '')
  const paths = [dataDir, outputsDir, instructionsDir, database, `${database}-wal`, '.env'].map(path => resolve(path))
  return await Promise.all(paths.map(path => realpath(path).catch(() => path)))
}

const PROBE = '.written-at-start'

async function makeWritable(folder: string, variable: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // A disk that is full makes the file all the same, and takes nothing in it.
    await writeFile(join(folder, PROBE), 'x').finally(() => rm(join(folder, PROBE), { force: true }))
  } catch (cause) {
    const why = `The folder ${folder} cannot be written (${messageOf(cause)}).`
    throw new UserError(`${why} Make it writable for this user, or set ${variable} to another one.`, { cause })
  }
}
