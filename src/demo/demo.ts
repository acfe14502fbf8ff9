import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type App, startApp } from '../app.ts'
import { openLocalFile } from '../bot/terminal/local-file.ts'
import { createTerminal, type Terminal } from '../bot/terminal/terminal.ts'
import { type Config, loadConfig } from '../config.ts'
import type { Upload } from '../engine/instructions/upload.ts'
import { createLog } from '../log.ts'
import { PACKAGE_FOLDER } from '../package.ts'
import { untilStopped } from '../signals.ts'
import { startScriptedModel } from './model.ts'
import { ASKING_COMMAND, SAMPLE_COMMAND, SAMPLE_FILE } from './sample.ts'
import { demoScript } from './script.ts'

/** How often it looks whether only an answer is waited for. */
const LOOK_MS = 200
/** How long the scripted model seems to think before each reply, unless somebody is in a hurry. */
const PACE_MS = 1200

/**
 * `errand demo`: the whole program on a scripted model, with the terminal as its chat. Runs the sample job; with `once`
 * it ends there and gives 0 only if that job succeeded, else it takes commands until the person leaves.
 */
export async function runDemo(
  env: Record<string, string | undefined>,
  { once, paceMs = PACE_MS }: { once: boolean; paceMs?: number },
): Promise<number> {
  const left = Promise.withResolvers<void>()
  void untilStopped().then(() => left.resolve())
  const model = await startScriptedModel(demoScript, paceMs)
  try {
    const config = await demoConfig(env, model.url)
    // What comes through a pipe waits for the sample job: its end, which is the person's leaving, comes at once.
    const piped = once || !process.stdin.isTTY ? new PassThrough() : null
    const terminal = openTerminal(config, { once, piped }, left.resolve)
    const log = createLog({ level: config.logLevel, format: config.logFormat })
    const app = await startApp(config, log, async () => [terminal])
    try {
      return await converse(app, terminal, { once, piped, left: left.promise, token: config.adminToken ?? '' })
    } finally {
      await app.stop()
      await rm(config.dataDir, { recursive: true, force: true })
    }
  } finally {
    await model.stop()
  }
}

/** The sample job first; then, unless it is all that was asked for, whatever the person types. */
async function converse(
  app: App,
  terminal: Terminal,
  { once, piped, left, token }: { once: boolean; piped: PassThrough | null; left: Promise<void>; token: string },
): Promise<number> {
  await terminal.type(SAMPLE_COMMAND)
  const isLeft = await Promise.race([app.settled(), left.then(() => true)])
  const [newest] = (await app.engine.jobs({ limit: 1 })).jobs
  const status = newest?.status === 'succeeded' ? 0 : 1
  if (isLeft) return once ? 1 : 0
  if (once) return status
  terminal.say(`The admin page is at ${app.url}; log in with the token \`${token}\`.`)
  terminal.say(`Now you: type a command, or "help". \`${ASKING_COMMAND}\` asks you something. "exit" or Ctrl-C leaves.`)
  if (piped) process.stdin.pipe(piped)
  await left
  if (!piped) return 0
  process.stdin.destroy() // a pipe that stays open would keep the process
  await untilIdle(app) // the last commands may still run
  return 0
}

/** Resolves once every job is over, or those that are not wait for an answer that nobody is left to give. */
async function untilIdle({ engine, settled }: App): Promise<void> {
  let isSettled = false
  const over = settled().then(() => {
    isSettled = true
  })
  while (!isSettled) {
    const { jobs } = await engine.jobs({ live: true, limit: 100 })
    await Promise.race([over, delay(LOOK_MS)]) // the question is printed meanwhile
    if (jobs.length > 0 && jobs.every(({ status }) => status === 'waiting')) return
  }
}

/**
 * Each demo has a database of its own, gone at its end: no real job ever meets the scripted model, and no demo finds
 * what an earlier one left. Its outputs stay.
 */
async function demoConfig(env: Record<string, string | undefined>, modelUrl: string): Promise<Config> {
  const config = loadConfig({ LOG_LEVEL: 'warn', ...env, PORT: '0', DATABASE_URL: undefined, AGENT_ENV: undefined })
  const dataDir = await mkdtemp(join(tmpdir(), 'errand-demo-'))
  return {
    ...config,
    dataDir,
    databaseUrl: `sqlite:${join(dataDir, 'errand.db')}`,
    instructionsDir: fileURLToPath(new URL('instructions', PACKAGE_FOLDER)),
    claudeModel: null,
    adminToken: randomBytes(12).toString('base64url'), // not that of a real server
    account: { kind: 'key', secret: 'scripted', baseUrl: modelUrl },
    agentEnv: { PATH: config.agentEnv.PATH ?? '' },
    secrets: [],
  }
}

function openTerminal(
  config: Config,
  { once, piped }: { once: boolean; piped: PassThrough | null },
  onLeave: () => void,
): Terminal {
  const { stdin, stdout } = process
  const cwd = process.cwd()
  return createTerminal({
    input: piped ?? stdin,
    output: stdout,
    inPlace: stdout.isTTY === true && (once || piped === null),
    color: config.color,
    login: userInfo().username,
    cwd,
    openFile: async name => (name === SAMPLE_FILE.name ? sampleFile() : await openLocalFile(cwd)(name)),
    onLeave,
  })
}

const sampleFile = (): Upload => ({ name: SAMPLE_FILE.name, open: () => Readable.from([SAMPLE_FILE.text]) })
