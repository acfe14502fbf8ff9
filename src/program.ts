import { inspect } from 'node:util'
import { Command, CommanderError } from 'commander'
import { type Config, loadConfig, readEnvironment } from './config.ts'
import { UserError } from './errors.ts'
import { createRedact, type Redact } from './redact.ts'
import { VERSION } from './version.ts'

/**
 * Runs one command line and gives its exit status: 0 done, 1 failed at run time, 2 configuration or usage.
 * Each verb loads what it needs: a server has no use for the scripted model, nor for the memory that it takes.
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let status = 0
  let redact = createRedact([])
  const load = (): Config => {
    const config = loadConfig(readEnvironment())
    redact = createRedact(config.secrets)
    return config
  }
  process.stderr.on('error', () => {}) // nobody reads the log any more, which is no reason to drop the jobs
  const program = new Command('errand')
    .description('Slash commands in chat become Claude CLI jobs.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('Type "errand help" for what there is.')
  program
    .command('start')
    .description('the server: every platform whose tokens are set, the engine, the admin page')
    .action(async () => {
      const { runServer } = await import('./main.ts')
      status = await runServer(load())
    })
  program
    .command('demo')
    .description('a sample job on a scripted model, without an account; then takes commands')
    .option('--once', 'end after the sample job: exit status 0 only if it succeeded')
    .action(async ({ once }: { once?: boolean }) => {
      const { runDemo } = await import('./demo/demo.ts')
      status = await runDemo(readEnvironment(), { once: once ?? false })
    })
  try {
    await program.parseAsync(argv)
    return status
  } catch (error) {
    return explain(error, redact)
  }
}

function explain(error: unknown, redact: Redact): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2 // commander has printed it
  if (error instanceof UserError) {
    console.error(redact(error.message))
    return error.kind === 'usage' ? 2 : 1
  }
  console.error(redact(inspect(error)))
  return 1
}
