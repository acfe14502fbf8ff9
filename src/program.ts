import { inspect } from 'node:util'
import { Command, CommanderError } from 'commander'
import { systemClock } from './clock.ts'
import { type Config, loadConfig, readEnvironment } from './config.ts'
import { UserError } from './errors.ts'
import { VERSION } from './package.ts'
import { createRedact, type Redact } from './redact.ts'
import { connect } from './remote/connect.ts'
import { VERBS } from './remote/verbs.ts'
import { untilStopped } from './signals.ts'
import { count, size } from './words.ts'

/** What a verb works with. */
type Run = {
  /** The configuration; from then on what is printed holds none of its secrets. */
  load(): Config
  print(text: string): void
  /** Sets the exit status, which is 0 else. */
  end(status: number): void
}

/**
 * Runs one command line and gives its exit status: 0 done, 1 failed at run time, 2 configuration or usage.
 * Each verb loads what it needs: a server has no use for the scripted model, nor for the memory that it takes.
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let status = 0
  let redact = createRedact([])
  const run: Run = {
    load: () => {
      const config = loadConfig(readEnvironment())
      redact = createRedact(config.secrets)
      return config
    },
    print: text => console.log(redact(text)),
    end: given => {
      status = given
    },
  }
  process.stderr.on('error', () => {}) // nobody reads the log any more, which is no reason to drop the jobs
  const program = new Command('errand')
    .description('Slash commands in chat become Claude CLI jobs.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('Type "errand help" for what there is.')
  addServing(program, run)
  addDoctor(program, run)
  addKeeping(program, run)
  addSlack(program, run)
  addRemote(program, run)
  try {
    await program.parseAsync(argv)
    return status
  } catch (error) {
    return explain(error, redact)
  }
}

function addServing(program: Command, { load, end }: Run): void {
  program
    .command('start')
    .description('the server: every platform whose tokens are set, the engine, the admin page')
    .action(async () => {
      const { runServer } = await import('./main.ts')
      end(await runServer(load()))
    })
  program
    .command('demo')
    .description('a sample job on a scripted model, without an account; then takes commands')
    .option('--once', 'end after the sample job: exit status 0 only if it succeeded')
    .action(async ({ once }: { once?: boolean }) => {
      const { runDemo } = await import('./demo/demo.ts')
      end(await runDemo(readEnvironment(), { once: once ?? false }))
    })
}

function addDoctor(program: Command, { load, print, end }: Run): void {
  program
    .command('doctor')
    .description('looks whether everything that the server needs is there; exit status 0 only if nothing fails')
    .option('--json', 'as JSON: [{name, state, detail, remedy}], state one of ok, warn, fail')
    .action(async ({ json }: { json?: boolean }) => {
      const config = load()
      const { examine, report } = await import('./doctor/doctor.ts')
      const findings = await examine(config)
      print(json ? JSON.stringify(findings, null, 2) : report(findings))
      if (findings.some(({ state }) => state === 'fail')) end(1)
    })
}

function addKeeping(program: Command, { load, print }: Run): void {
  program
    .command('backup <file>')
    .description('writes jobs, files and settings into one new file, also while the server runs')
    .action(async (file: string) => {
      const { backUp } = await import('./backup/backup.ts')
      const stop = new AbortController()
      const reason = (name: string) => new UserError(`${name}: the backup was not made.`, { kind: 'runtime' })
      void untilStopped().then(name => stop.abort(reason(name)))
      const { bytes, leftOut, ...made } = await backUp(load(), file, systemClock.now(), stop.signal)
      const missing = leftOut === 0 ? '' : ` ${count(leftOut, 'file')} of agents could not be read and are not in it.`
      const yours = 'The instructions and `.env` are not in it; keep those too.'
      print(`${made.file}: ${size(bytes)}.${missing} ${yours} It holds secrets: keep it as safe as this server.`)
    })
  program
    .command('restore <file>')
    .description('brings a backup back into empty folders')
    .action(async (file: string) => {
      const { restore } = await import('./backup/restore.ts')
      const { createdAt, version } = await restore(load(), file)
      const next = 'With the instructions and `.env` in their places, start the server to go on.'
      print(`Jobs, files and settings are as they were at ${createdAt} (Errand ${version}). ${next}`)
    })
}

function addSlack(program: Command, { load, print }: Run): void {
  program
    .command('slack-manifest')
    .description('the manifest of the Slack app, to paste at https://api.slack.com/apps')
    .option('--commands', 'a slash command of its own for each instruction')
    .option('--http', 'Slack calls PUBLIC_URL, in the place of Socket Mode')
    .action(async ({ commands, http }: { commands?: boolean; http?: boolean }) => {
      const { manifestText } = await import('./slack-app.ts')
      print(await manifestText(load(), { commands: commands ?? false, http: http ?? false }))
    })
}

function addRemote(program: Command, { load, print, end }: Run): void {
  for (const { name, args, about, options, anyFlag = false, act } of VERBS) {
    const command = program.command(`${name} ${args}`).description(about).allowUnknownOption(anyFlag)
    for (const [flags, means] of options) command.option(flags, means)
    command.action(async () => {
      process.stdout.on('error', () => process.exit(1)) // nobody reads what it would go on to print
      const env = readEnvironment()
      const color = process.stdout.isTTY === true && !env.NO_COLOR
      end(await act(await connect({ env, load, print, color }), command.args, command.opts()))
    })
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
