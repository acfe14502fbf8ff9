import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { EVERY_HOST } from '../../../sandbox.ts'

/** Where a connection may go: to addresses that were looked up once, so that they are no others when they are used. */
export type Way = { addresses: LookupAddress[]; port: number } | { refused: string }

type Resolve = (name: string) => Promise<readonly LookupAddress[]>

/** As the machine does it, its own files included; nothing for a name that nobody knows. */
const systemResolve: Resolve = name => lookup(name, { all: true }).catch(() => [])

/** Where an agent may go: hosts as its instruction names them, and its MCP servers as `host:port`. */
export type Reach = { hosts: readonly string[]; servers: readonly string[] }

/**
 * The way to a host that an instruction names (`api.example.com`, `*.example.com`, `db.example.com:5432`, `*` for every
 * one; ports 80 and 443 unless one is written). A name that leads to this machine or into a private network is refused,
 * whoever answers for that name, unless the list has the address too. An MCP server is where the admin wrote it.
 */
export async function wayTo(
  { hosts, servers }: Reach,
  { host, port }: { host: string; port: number },
  resolve: Resolve = systemResolve,
): Promise<Way> {
  const name = nameOf(host)
  const isServer = servers.includes(`${name}:${port}`)
  if (!isServer && !isNamed(hosts, name, port) && !(hosts.includes(EVERY_HOST) && isWeb(port)))
    return { refused: `${name}:${port} is not among the hosts that this instruction names under network.` }
  const family = isIP(name)
  const found = family === 0 ? await resolve(name) : [{ address: name, family }]
  if (found.length === 0) return { refused: `${name} is not known.` }
  const isOpen = ({ address }: LookupAddress) => isServer || isNamed(hosts, address, port) || !isInside(address)
  const addresses = found.filter(isOpen)
  return addresses.length > 0 ? { addresses, port } : { refused: `${name} leads into a private network.` }
}

function isNamed(hosts: readonly string[], name: string, port: number): boolean {
  return hosts.some(entry => {
    const [host = '', only] = entry.split(':')
    const isHost = host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host
    return isHost && (only === undefined ? isWeb(port) : port === Number(only))
  })
}

const isWeb = (port: number): boolean => port === 80 || port === 443

/** A host as it is compared: an address of IPv6 stands in brackets where a port may follow. */
const nameOf = (host: string): string => host.toLowerCase().replace(/^\[(.*)\]$|\.$/, '$1')

/**
 * This machine, networks that are not the internet, and what wraps an IPv4 address in another one; a list of Node's takes
 * `::ffff:10.0.0.1` for `10.0.0.1` by itself.
 */
const INSIDE = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'],
  '168.63.129.16/32', // where Azure tells a machine about itself
  ...['::/96', '::ffff:0:0:0/96', '64:ff9b::/32', '2001::/32', '2002::/16'],
  ...['fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]

const inside = new BlockList()
for (const range of INSIDE) {
  const [net = '', bits] = range.split('/')
  inside.addSubnet(net, Number(bits), familyOf(net))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** Its own addresses in a list too: each has many spellings. */
function isInside(address: string): boolean {
  const own = new BlockList()
  for (const entry of Object.values(networkInterfaces()).flat())
    if (entry) own.addAddress(entry.address, familyOf(entry.address))
  return [own, inside].some(list => list.check(address, familyOf(address)))
}
