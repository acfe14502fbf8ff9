import { join } from 'node:path'
import { TOKEN_FILE } from './admin/token.ts'
import { type App, startApp } from './app.ts'
import { configuredPlatforms } from './bot/platforms.ts'
import { type Config, hasAccount } from './config.ts'
import { giveBackOnce } from './give-back.ts'
import { createLog, type Log } from './log.ts'
import { VERSION } from './package.ts'
import { createSecrets } from './redact.ts'
import { untilStopped } from './signals.ts'

/** `errand start`: runs until SIGTERM or SIGINT. Gives the exit status. */
export async function runServer(config: Config): Promise<number> {
  const secrets = createSecrets(config.secrets)
  const log = createLog({ level: config.logLevel, format: config.logFormat, redact: secrets.redact })
  const stopped = untilStopped()
  const app = await startApp(config, log, deps => configuredPlatforms(config, deps), secrets)
  // Not the configured number: an admin may have changed the limit since.
  const slots = (await app.engine.limits()).find(
    ({ scope, name }) => scope === 'global' && name === 'concurrent',
  )?.value
  log.info({ url: app.url, version: VERSION, slots, sandbox: app.sandbox ?? 'none' }, 'errand is up')
  giveBackOnce()
  const token = config.adminToken === null ? join(config.dataDir, TOKEN_FILE) : 'ADMIN_TOKEN'
  log.info(`the admin page asks for the token in ${token}`)
  if (!hasAccount(config))
    log.warn('there is no Claude account: set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN, or no job runs')
  if (app.chats.length === 0)
    log.info('no chat platform is connected: set the tokens of one (README.md says how to get them)')
  log.info(`${await stopped}: stopping; running jobs go on at the next start`)
  void untilStopped().then(signal => {
    log.info(`${signal} again: running agents are killed now`)
    return app.hurry()
  })
  return await drain(app, config.drainSeconds, log)
}

async function drain(app: App, seconds: number, log: Log): Promise<number> {
  const late = setTimeout(() => {
    log.error(`not everything ended within ${seconds} s (DRAIN_SECONDS); what is left is taken up at the next start`)
    process.exit(1) // what is stuck would keep the process alive
  }, seconds * 1000)
  await app.stop()
  clearTimeout(late)
  return 0
}
