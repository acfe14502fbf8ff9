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
  /** True where agents reach their model by themselves (Bedrock, Vertex): who names no hosts keeps the machine's network. */
  needsNetwork: boolean
  /** Folders and files of the server that no agent may see, but for those of its own attempt. */
  hidden: readonly string[]
}

/** No sandbox is in force, and none was tried. */
export const NO_SANDBOX: Sandboxes = {
  inForce: 'off',
  faults: { cli: 'it was not tried.', bwrap: 'it was not tried.' },
  needsNetwork: false,
  hidden: [],
}

/** In a list of hosts: every one of the internet. It is a wish for more, and so needs no sandbox by itself. */
export const EVERY_HOST = '*'

/** What a job needs: its tools, freely or after an approval, the sandbox that it asks for, the hosts that it names. */
export type SandboxNeeds = { tools: readonly string[]; asked: Sandbox | null; network: readonly string[] | null }

/** `network`: the only hosts that the job reaches besides its model; null: those that the machine reaches. */
export type Choice =
  | { sandbox: Sandbox; network: readonly string[] | null }
  | { fault: string; about: 'sandbox' | 'network' | 'Bash' | 'WebFetch' }

/**
 * The sandbox of a job: the server's, or the stricter one that its instruction asks for, as who names hosts does. What
 * cannot be had is a fault: a sentence with the remedy, and which key or tool it is about.
 */
export function chooseSandbox({ inForce, faults, needsNetwork }: Sandboxes, needs: SandboxNeeds): Choice {
  const { tools, network } = needs
  const [least, about] = namesHosts(network) ? (['bwrap', 'network'] as const) : ([needs.asked, 'sandbox'] as const)
  if (least !== null && least !== 'off' && isStricter(least, inForce ?? 'off')) {
    const why = faults[least]
    if (why === null) return withNetwork(least, needs, needsNetwork)
    const key = about === 'network' ? '`network` needs bubblewrap, which' : `\`sandbox: ${least}\``
    return { fault: `${key} does not work here: ${why} Or remove the key.`, about }
  }
  if (inForce === null && tools.includes('Bash'))
    return {
      fault: `\`Bash\` needs a sandbox, and none works here. bwrap: ${faults.bwrap} cli: ${faults.cli} Or set SANDBOX=off to let it run without one.`,
      about: 'Bash',
    }
  return withNetwork(inForce ?? 'off', needs, needsNetwork)
}

/** In bubblewrap there is no network but the hosts that are named. */
function withNetwork(sandbox: Sandbox, { tools, network }: SandboxNeeds, needsNetwork: boolean): Choice {
  if (sandbox !== 'bwrap' || (network === null && needsNetwork)) return { sandbox, network: null }
  if (network === null && tools.includes('WebFetch')) return { fault: NOTHING_TO_FETCH, about: 'WebFetch' }
  return { sandbox, network: network ?? [] }
}

const NOTHING_TO_FETCH =
  '`WebFetch` reaches nothing in the sandbox: name its hosts, as in `network: [www.example.com]`, or every one by `network: ["*"]`.'

/** True of a list that leaves out some of the internet. */
export const namesHosts = (network: readonly string[] | null): boolean =>
  network !== null && !network.includes(EVERY_HOST)
const isStricter = (one: Sandbox, other: Sandbox): boolean => SANDBOXES.indexOf(one) > SANDBOXES.indexOf(other)
