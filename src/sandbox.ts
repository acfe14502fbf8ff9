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
  /** Why `bwrap` cannot keep an agent from the network here; null where it can. */
  networkFault: string | null
  /** Folders and files of the server that no agent may see, but for those of its own attempt. */
  hidden: readonly string[]
}

/** No sandbox is in force, and none was tried. */
export const NO_SANDBOX: Sandboxes = {
  inForce: 'off',
  faults: { cli: 'it was not tried.', bwrap: 'it was not tried.' },
  networkFault: 'it was not tried.',
  hidden: [],
}

/**
 * What a job needs: the tools that it may use, freely or after an approval, the sandbox that it asks for, and whether
 * it is to have no network but some hosts.
 */
export type SandboxNeeds = { tools: readonly string[]; asked: Sandbox | null; network: readonly string[] | null }

/**
 * The sandbox of a job: the server's, or the stricter one that its instruction asks for. What cannot be had is a fault:
 * a sentence with the remedy, and whether it is about a key or about Bash.
 */
export function chooseSandbox(
  { inForce, faults, networkFault }: Sandboxes,
  { tools, asked, network }: SandboxNeeds,
): { sandbox: Sandbox } | { fault: string; about: 'sandbox' | 'network' | 'Bash' } {
  if (network !== null) {
    const why = faults.bwrap ?? networkFault
    if (why === null) return { sandbox: 'bwrap' }
    return {
      fault: `\`network\` needs bubblewrap, which does not work here: ${why} Or remove the key.`,
      about: 'network',
    }
  }
  if (asked !== null && asked !== 'off' && isStricter(asked, inForce ?? 'off')) {
    const why = faults[asked]
    if (why === null) return { sandbox: asked }
    return { fault: `\`sandbox: ${asked}\` does not work here: ${why} Or remove the key.`, about: 'sandbox' }
  }
  if (inForce === null && tools.includes('Bash'))
    return {
      fault: `\`Bash\` needs a sandbox, and none works here. bwrap: ${faults.bwrap} cli: ${faults.cli} Or set SANDBOX=off to let it run without one.`,
      about: 'Bash',
    }
  return { sandbox: inForce ?? 'off' }
}

const isStricter = (one: Sandbox, other: Sandbox): boolean => SANDBOXES.indexOf(one) > SANDBOXES.indexOf(other)
