import type { Config } from '../config.ts'
import { messageOf, UserError } from '../errors.ts'
import type { Sandboxes } from '../sandbox.ts'
import { account, cli, instructions, sandbox, trySandboxesFor } from './agent.ts'
import { type Check, type Finding, fail } from './check.ts'
import { discord } from './discord.ts'
import { diskSpace, folder, nodeVersion } from './machine.ts'
import { database, port, publicUrl } from './server.ts'
import { slack } from './slack.ts'

/** Everything that is looked at, in the order in which it is told. */
const CHECKS: readonly Check[] = [
  nodeVersion,
  folder('DATA_DIR', ({ dataDir }) => dataDir),
  folder('OUTPUTS_DIR', ({ outputsDir }) => outputsDir),
  diskSpace,
  database,
  cli,
  account,
  sandbox,
  instructions,
  slack,
  discord,
  port,
  publicUrl,
]

export type Examined = Finding & { name: string }

/** Looks at all of it, each on its own: one that fails keeps none from being told. */
export async function examine(config: Config): Promise<Examined[]> {
  let tried: Promise<Sandboxes> | null = null
  const sandboxes = () => {
    tried ??= trySandboxesFor(config)
    return tried
  }
  return await Promise.all(
    CHECKS.map(async ({ name, look }) => ({ name, ...(await look({ config, sandboxes }).catch(failure)) })),
  )
}

/** A UserError has its remedy in its sentence. */
const failure = (error: unknown): Finding =>
  error instanceof UserError
    ? { state: 'fail', detail: error.message }
    : fail(`it could not be looked at (${messageOf(error)})`, 'Run it again; if it stays, report it.')

/** The findings as lines: a mark and a word, what it is about, what was found, and below it what to do. */
export const report = (findings: readonly Examined[]): string =>
  findings
    .map(({ state, name, detail, remedy }) =>
      [`${MARKS[state]} ${state.padEnd(4)} ${name}: ${detail}`, ...indented(remedy)].join('\n'),
    )
    .join('\n')

const MARKS: Record<Finding['state'], string> = { ok: '✓', warn: '!', fail: '✗' }

const indented = (remedy: string | undefined): string[] =>
  remedy ? remedy.split('\n').map(line => `       ${line}`) : []
