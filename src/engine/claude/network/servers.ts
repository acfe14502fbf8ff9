import type { Task } from '../../agent.ts'

/**
 * Where the MCP servers over HTTP are, as the admin wrote them: `host:port`, and the ports of those at 127.0.0.1. One with
 * a `${variable}` in its host is not known.
 */
export function reachOfServers(servers: Task['mcpServers']): { servers: string[]; ports: number[] } {
  const found = Object.values(servers).flatMap(placeOf)
  const isHere = ({ host }: Place) => host === '127.0.0.1'
  return {
    servers: found.filter(place => !isHere(place)).map(({ host, port }) => `${host}:${port}`),
    ports: [...new Set(found.filter(isHere).map(({ port }) => port))],
  }
}

type Place = { host: string; port: number }

/** Nothing for a server that runs as a command. */
function placeOf(server: unknown): Place[] {
  const { url } = server as { url?: unknown }
  const at = typeof url === 'string' ? URL.parse(url) : null
  if (!at) return []
  const host = at.hostname.replace(/^\[|\]$/g, '') // an address of IPv6
  return [{ host, port: Number(at.port || (/^(https|wss):$/.test(at.protocol) ? 443 : 80)) }]
}
