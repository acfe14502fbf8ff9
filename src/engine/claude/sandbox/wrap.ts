import type { Sandbox } from '../../../sandbox.ts'
import type { Task } from '../../agent.ts'
import { settingsOf } from '../command.ts'
import type { Bridge } from '../network/gateway.ts'
import { inBubblewrap } from './bwrap.ts'
import { readablePaths } from './readable.ts'

/** The CLI's command as it is started in a sandbox; `hidden` is what of the server no agent may see. */
export function inSandbox(
  sandbox: Sandbox,
  [program, ...args]: readonly [string, ...string[]],
  task: Task,
  {
    env,
    hidden,
    bridges,
  }: { env: Readonly<Record<string, string>>; hidden: readonly string[]; bridges: readonly Bridge[] | null },
): string[] {
  if (sandbox === 'off') return [program, ...args]
  if (sandbox === 'cli') return [program, ...args, '--settings', JSON.stringify(ownSandbox(task, hidden))]
  return inBubblewrap([program, ...args], task, {
    readable: readablePaths(program, task, env, hidden),
    hidden,
    bridges,
  })
}

/**
 * The CLI's settings that confine its Bash tool: it writes in the workspace and the temporary folder only, reads nothing
 * of the server but these, and has no network. Where the CLI cannot do that it does not start. What may run stays for
 * the permission hook to say.
 */
const ownSandbox = (task: Task, hidden: readonly string[]): object => ({
  ...settingsOf(task), // of two --settings the later one stands
  sandbox: {
    enabled: true,
    failIfUnavailable: true,
    allowUnsandboxedCommands: false,
    autoAllowBashIfSandboxed: true,
    filesystem: { denyRead: hidden, allowRead: [task.workspace, task.tmp], allowWrite: [task.tmp] },
  },
})
