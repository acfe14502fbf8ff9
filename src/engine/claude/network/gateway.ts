import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http'
import { connect, createServer, type LookupFunction, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Duplex, pipeline } from 'node:stream'
import { responseHeaders, withItsEnd } from '../key-proxy/headers.ts'
import { MAX_CONNECTIONS } from '../key-proxy/key-proxy.ts'
import { type Reach, type Way, wayTo } from './rules.ts'

/** A port on the loopback of an agent that has no other network, and the socket in the server to which it leads. */
export type Bridge = { port: number; socket: string }

/** The one way out of a sandbox without a network. */
export type Gateway = {
  bridges: readonly Bridge[]
  /** Tells programs that respect a web proxy where it is. */
  env: Readonly<Record<string, string>>
  /** Ends every connection. */
  close(): Promise<void>
}

/** Where the agent finds the web proxy, or the next one that is not taken: in a network of its own every port is free. */
const PROXY_PORT = 3128

/** How long one of several addresses is tried. */
const TRY_MS = 5000

/**
 * Opens a web proxy to what is in reach (see `wayTo`), and a way to each of `ports` of 127.0.0.1, where web clients use
 * no proxy: all of them as sockets in `dir`, which is `/tmp` to the agent.
 */
export async function openGateway(
  reach: Reach,
  { dir, ports }: { dir: string; ports: readonly number[] },
): Promise<Gateway> {
  const folder = await open(dir)
  const services = ports.map(port => ({ port, server: createServer({ allowHalfOpen: true }, leadTo(port)) }))
  let proxyPort = PROXY_PORT
  while (ports.includes(proxyPort)) proxyPort++
  const all = [{ port: proxyPort, server: webProxy(reach) }, ...services]
  const closes = await Promise.all(all.map(({ port, server }) => listen(server, folder, `way-${port}`)))
  const proxy = `http://127.0.0.1:${proxyPort}`
  return {
    bridges: all.map(({ port }) => ({ port, socket: `/tmp/way-${port}` })),
    env: {
      ...{ HTTPS_PROXY: proxy, HTTP_PROXY: proxy, https_proxy: proxy, http_proxy: proxy },
      ...{ NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', NODE_USE_ENV_PROXY: '1' },
    },
    close: async () => {
      await Promise.all(closes.map(close => close()))
      await folder.close()
    },
  }
}

/** Gives what closes it. By the open folder, since the path of a socket may have 107 bytes only. */
async function listen(server: Server, folder: FileHandle, name: string): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>()
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(join('/proc/self/fd', String(folder.fd), name))
  await once(server, 'listening')
  return async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
}

const leadTo = (port: number) => (client: Socket) =>
  void joinBoth(client, connect({ port, host: '127.0.0.1', allowHalfOpen: true }))

/** Each side's end or fault is the other's; one that says nothing more may still be answered. */
function joinBoth(one: Duplex, other: Duplex): void {
  pipeline(one, other, () => {})
  pipeline(other, one, () => {})
}

function webProxy(reach: Reach): Server {
  const server = createHttpServer((request, response) => void pass(reach, request, response))
  server.maxRequestsPerSocket = 1 // each has a connection of its own further on: many in a row would open many
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => {}) // gone while its host was looked up
    const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(request.url ?? '') ?? []
    void wayTo(reach, { host, port: Number(port) }).then(way => tunnel(way, client, head))
  })
  return server
}

/** Options of a connection to the addresses that were found, and to no others, one after the other. */
const along = ({ addresses, port }: Exclude<Way, { refused: string }>) => ({
  ...{ port, host: 'found', autoSelectFamily: true, autoSelectFamilyAttemptTimeout: TRY_MS },
  lookup: ((_name, _options, found) => found(null, addresses)) satisfies LookupFunction,
})

function tunnel(way: Way, client: Duplex, head: Buffer): void {
  if ('refused' in way) return void client.end(`HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n${way.refused}\n`)
  const upstream = connect({ ...along(way), allowHalfOpen: true }, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.write(head)
    joinBoth(client, upstream)
  })
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
}

/** A request without TLS comes with its whole address. */
async function pass(reach: Reach, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null
  const way: Way =
    url?.protocol === 'http:'
      ? await wayTo(reach, { host: url.hostname, port: Number(url.port || 80) })
      : { refused: 'This is a web proxy.' }
  if ('refused' in way || !url) return void response.writeHead(403).end(`${'refused' in way ? way.refused : ''}\n`)
  const upstream = requestHttp({
    ...{ ...along(way), path: url.pathname + url.search, method: request.method },
    agent: false, // one that keeps connections would give this host, or another job, one that leads elsewhere
    headers: { ...withItsEnd(request.headers), host: url.host },
  })
  upstream.on('error', () => response.destroy())
  upstream.on('response', answer => {
    const { statusCode = 0 } = answer
    if (statusCode < 200) return void response.destroy() // Node sends on no status that is none
    response.writeHead(statusCode, responseHeaders(answer.headers))
    pipeline(answer, response, () => {})
  })
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}
