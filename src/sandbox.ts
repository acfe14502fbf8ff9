/**
 * What stands between an agent and the machine, the strictest last. `cli`: the agent's program confines the commands of
 * its Bash tool by itself. `bwrap`: bubblewrap confines the whole program.
 */
export const SANDBOXES = ['off', 'cli', 'bwrap'] as const
export type Sandbox = (typeof SANDBOXES)[number]

/** What this machine has, found out by trying. */
export type Sandboxes = {
  /** Of every job; null: none works here, and nobody has written that none is wanted. */
  inForce: Sandbox | null
  /** Why each one does not work here; null where it does. */
  faults: Readonly<Record<Exclude<Sandbox, 'off'>, string | null>>
  /** Folders and files of the server that no agent may see, but for those of its own attempt. */
  hidden: readonly string[]
}

/** No sandbox is in force, and none was tried. */
export const NO_SANDBOX: Sandboxes = {
  inForce: 'off',
  faults: { cli: 'it was not tried.', bwrap: 'it was not tried.' },
  hidden: [],
}

/** What a job needs: the tools that it may use, freely or after an approval, and the sandbox that it asks for. */
export type SandboxNeeds = { tools: readonly string[]; asked: Sandbox | null }

/**
 * The sandbox of a job: the server's, or the stricter one that its instruction asks for. What cannot be had is a fault:
 * a sentence with the remedy, and whether it is about what was asked for or about Bash.
 */
export function chooseSandbox(
  { inForce, faults }: Sandboxes,
  { tools, asked }: SandboxNeeds,
): { sandbox: Sandbox } | { fault: string; about: 'asked' | 'Bash' } {
  if (asked !== null && asked !== 'off' && isStricter(asked, inForce ?? 'off')) {
    const why = faults[asked]
    if (why === null) return { sandbox: asked }
    return { fault: `\`sandbox: ${asked}\` does not work here: ${why} Or remove the key.`, about: 'asked' }
  }
  if (inForce === null && tools.includes('Bash'))
    return {
      fault: `\`Bash\` needs a sandbox, and none works here. bwrap: ${faults.bwrap} cli: ${faults.cli} Or set SANDBOX=off to let it run without one.`,
      about: 'Bash',
    }
  return { sandbox: inForce ?? 'off' }
}

const isStricter = (one: Sandbox, other: Sandbox): boolean => SANDBOXES.indexOf(one) > SANDBOXES.indexOf(other)
