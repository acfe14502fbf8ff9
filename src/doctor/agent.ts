import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { hiddenPaths } from '../app.ts'
import { type Config, hasAccount } from '../config.ts'
import { checkClaude, claudeVersion } from '../engine/claude/binary.ts'
import { trySandboxes } from '../engine/claude/sandbox/try.ts'
import { loadInstructions } from '../engine/instructions/load.ts'
import type { Sandboxes } from '../sandbox.ts'
import { count } from '../words.ts'
import { type Check, fail, ok, warn } from './check.ts'

export const cli: Check = {
  name: 'CLI',
  look: async ({ config: { claudeBin } }) => {
    await checkClaude(claudeBin)
    return ok(`${await claudeVersion(claudeBin)}${claudeBin === null ? '' : `, ${claudeBin}`}`)
  },
}

export const account: Check = {
  name: 'account',
  look: async ({ config }) => {
    if (!hasAccount(config))
      return warn('there is no Claude account, so no job runs', 'Set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN.')
    if (config.account === null) return ok('Bedrock or Vertex, with the variables of the environment')
    return ok(config.account.kind === 'key' ? 'an API key' : 'the token of a login')
  },
}

const HELD = 'from inside no file or process of the server was reached, no service of this machine, no 169.254.169.254'
const OPENED = 'but agents whose instruction names no hosts keep the network, for a model that is on it'

export const sandbox: Check = {
  name: 'SANDBOX',
  look: async ({ config, sandboxes }) => {
    const { inForce, faults, needsNetwork } = await sandboxes()
    if (inForce === null)
      return warn(
        'none works here, so instructions that allow Bash do not load',
        `bwrap: ${faults.bwrap} cli: ${faults.cli} Or set SANDBOX=off.`,
      )
    if (inForce === 'off')
      return warn('off: an agent may read what this user can', 'Unset SANDBOX to have the strictest that works here.')
    if (process.getuid?.() === 0)
      return warn(
        `${inForce}: ${HELD}; but the kernel does not limit how many processes root has in it`,
        'Run the server as a normal user.',
      )
    const opened = inForce === 'bwrap' && needsNetwork && hasAccount(config) ? `; ${OPENED}` : ''
    return ok(`${inForce}: ${HELD}${opened}`)
  },
}

export const instructions: Check = {
  name: 'instructions',
  look: async ({ config, sandboxes }) => {
    const found = await sandboxes().catch(() => null)
    if (found === null)
      return warn('not looked at: what they may use depends on SANDBOX, which does not work', 'Mend that first.')
    const { byName, mistakes } = await loadInstructions(config.instructionsDir, found)
    const loaded = count(byName.size, 'instruction')
    if (mistakes.length === 0) return ok(loaded)
    const lines = mistakes.map(({ file, line, message }) => `${file}, line ${line}: ${message}`)
    return fail(`${loaded} and ${count(mistakes.length, 'mistake')}`, lines.join('\n'))
  },
}

/** Tries the sandboxes where the server would, or where it may write before there is such a folder. */
export async function trySandboxesFor(config: Config): Promise<Sandboxes> {
  const { claudeBin: bin, agentEnv: env, account } = config
  const dataDir = await realpath(existsSync(config.dataDir) ? config.dataDir : tmpdir())
  return await trySandboxes(config.sandbox, { bin, env, dataDir, account, hidden: await hiddenPaths(config) })
}
