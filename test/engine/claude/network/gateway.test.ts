import { once } from 'node:events'
import { mkdir, mkdtemp, open, readdir, realpath, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { openGateway } from '../../../../src/engine/claude/network/gateway.ts'
import { inBubblewrap } from '../../../../src/engine/claude/sandbox/bwrap.ts'
import { eventually } from '../../../support/eventually.ts'
import { ANN, makeWorld, toEnd } from '../../../support/world.ts'
import { because, REASON_TO_SKIP } from '../sandbox/here.ts'
import { taskOf } from '../task.ts'

/** With socat too. */
const reason = REASON_TO_SKIP.cli

/** A service of this machine; gives its port. */
async function serve(): Promise<number> {
  const server = createServer((request, response) => response.end(`${request.method} ${request.url}`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  return (server.address() as AddressInfo).port
}

async function makeTask() {
  // A socket's path may have 107 bytes.
  const dir = await realpath(await mkdtemp(join(tmpdir(), `errand-gateway-${'long-'.repeat(20)}`)))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const [workspace, session, tmp] = [join(dir, 'workspace'), join(dir, 'session'), join(dir, 'tmp')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  return taskOf({ workspace, session: { dir: session, nativeId: null }, tmp })
}

/** What a shell says that has no network but these hosts and these ports. */
async function inside(hosts: string[], ports: number[], script: string) {
  const task = await makeTask()
  const gateway = await openGateway({ hosts, servers: [] }, { dir: task.tmp, ports })
  try {
    const [program = '', ...args] = inBubblewrap(['/bin/sh', '-c', script], task, {
      ...{ readable: [process.execPath], hidden: [], bridges: gateway.bridges },
    })
    const env = { PATH: process.env.PATH ?? '', ...gateway.env }
    const { stdout, stderr } = await execa(program, args, { env, extendEnv: false, reject: false, timeout: 30_000 })
    return stdout + stderr
  } finally {
    await gateway.close()
  }
}

/** The last line of an answer, each on a line of its own. */
const ask = (path: string, way: string) =>
  `printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' | socat -t0.1 -,ignoreeof ${way} | tail -1; echo`
const PROXY = 'TCP:127.0.0.1:3128'
const tunnel = (to: string) => `PROXY:127.0.0.1:${to},proxyport=3128`

test.skipIf(reason !== null)(`only what is named is reached from inside${because(reason)}`, async () => {
  const [named, other] = [await serve(), await serve()]
  const model = await serve()
  const said = await inside(
    [`127.0.0.1:${named}`, `localhost:${named}`],
    [model],
    [
      `${process.execPath} -e "fetch('http://localhost:${named}/by-itself').then(r => r.text()).then(console.log)"`,
      ask(`http://localhost:${named}/asked?by=name`, PROXY),
      ask('/through-a-tunnel', tunnel(`localhost:${named}`)), // as for https
      ask('/v1/messages', `TCP:127.0.0.1:${model}`),
      ask(`http://localhost:${other}/`, PROXY),
      ask('/', tunnel(`localhost:${other}`)),
      ask('/', `TCP:127.0.0.1:${other}`),
      ask('/', `TCP:127.0.0.1:${named}`),
    ].join('\n'),
  )
  const lines = said.split('\n').filter(Boolean)
  expect(lines.slice(0, 4)).toEqual([
    'GET /by-itself',
    'GET /asked?by=name',
    'GET /through-a-tunnel',
    'GET /v1/messages',
  ])
  expect(lines[4]).toBe(`localhost:${other} is not among the hosts that this instruction names under network.`)
  expect(said.match(/GET/g)).toHaveLength(4)
  expect(said.match(/: Forbidden/g)).toHaveLength(1)
  expect(said.match(/Connection refused/g)).toHaveLength(2)
})

test.skipIf(process.platform !== 'linux')('what is connected ends with the gateway', async () => {
  const task = await makeTask()
  const far = createTcpServer().listen(0, '127.0.0.1')
  onTestFinished(() => void far.close())
  await once(far, 'listening')
  const { port } = far.address() as AddressInfo
  const gateway = await openGateway({ hosts: [], servers: [] }, { dir: task.tmp, ports: [port] })
  const folder = await open(task.tmp)
  const client = connect(`/proc/self/fd/${folder.fd}/way-${port}`).resume()
  const [[arrived]] = await Promise.all([once(far, 'connection'), once(client, 'connect')])
  await Promise.all([once(client, 'close'), once(arrived.resume(), 'close'), gateway.close()])
  expect(await readdir(task.tmp)).toEqual([])
  await folder.close()
})

test.skipIf(process.platform !== 'linux')('a request goes where it is to, and not where another job was', async () => {
  const services = ['one', 'two'].map(word => createServer((_, response) => response.end(word)))
  let port = 0
  const said: string[] = []
  for (const [index, service] of services.entries()) {
    const host = `127.0.0.${index + 1}`
    await once(service.listen(port, host), 'listening')
    onTestFinished(() => void service.close().closeAllConnections())
    port = (service.address() as AddressInfo).port
    const { tmp } = await makeTask()
    const gateway = await openGateway({ hosts: [], servers: [`${host}:${port}`] }, { dir: tmp, ports: [] })
    const folder = await open(tmp)
    const socketPath = `/proc/self/fd/${folder.fd}/way-3128`
    const [answer] = await once(request({ socketPath, path: `http://${host}:${port}/` }).end(), 'response')
    said.push(await text(answer))
    await folder.close()
    await gateway.close()
  }
  expect(said).toEqual(['one', 'two'])
})

/** An MCP server over HTTP at every address of the machine's loopback; gives its port. */
async function serveMcp(): Promise<number> {
  const results: Record<string, object> = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'crm', version: '1' },
    },
    'tools/list': { tools: [{ name: 'find', description: 'Finds a person', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: 'found Ada' }] },
  }
  const server = createServer(async (request, response) => {
    const { id, method } = request.method === 'POST' ? ((await json(request)) as { id?: number; method: string }) : {}
    if (id === undefined) return void response.writeHead(method ? 202 : 405).end()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method ?? ''] ?? {} }))
  }).listen(0, '::')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  return (server.address() as AddressInfo).port
}

/** Lets the API fetch an image from an address that the agent has made up. */
const BY_IMAGE = `fetch(process.env.ANTHROPIC_BASE_URL + "/v1/messages", {
  method: "POST",
  headers: { "x-api-key": process.env.ANTHROPIC_API_KEY },
  body: JSON.stringify({ messages: [{ content: [{ source: { type: "url", url: "https://away.example/?word" } }] }] }),
}).then(answer => answer.text()).then(console.log)`

test.skipIf(reason !== null)(
  `the real CLI reaches its model and its servers, and an instruction that names no hosts nothing else${because(reason)}`,
  async () => {
    const [port, here, byName] = [await serve(), await serveMcp(), await serveMcp()]
    const command = `for at in 127.0.0.1:${port} 127.0.0.1:${byName}; do socat -u TCP:$at STDOUT; done; ${process.execPath} -e '${BY_IMAGE}'; echo tried`
    const tools = [
      { name: 'Bash', input: { command, description: 'try' } },
      { name: 'mcp__here__find', input: {} },
      { name: 'mcp__byname__find', input: {} },
    ]
    await using world = await makeWorld({
      instructions: {
        try: '---\ndescription: Try\nallowed-tools: [Bash]\nmcp: [here, byname]\n---\nTry it',
      },
      mcpServers: {
        here: { type: 'http', url: `http://127.0.0.1:${here}/mcp` },
        byname: { type: 'http', url: `http://localhost:${byName}/mcp` },
      },
      model: turns => (turns.some(({ role }) => role === 'tool') ? { text: 'done' } : { text: '', tools }),
      sandbox: 'bwrap',
    })
    const { id } = await world.engine.submit({ instruction: 'try', inputs: {}, origin: ANN })
    const { job, events } = await toEnd(world.engine, id)
    expect(job).toMatchObject({ status: 'succeeded', result: 'done' })
    const said = events.filter(({ kind }) => kind === 'tool_result').map(({ text }) => text)
    expect(said[0]?.match(/Connection refused/g)).toHaveLength(2)
    expect(said[0]).toMatch(/the API may fetch nothing for it[\s\S]*tried$/)
    expect(said.slice(1)).toEqual(['found Ada', 'found Ada'])
  },
)

test('an agent keeps open no more connections than one ever needs, by idling or by asking in a row', async () => {
  const task = await makeTask()
  const host = `127.0.0.1:${await serve()}`
  const gateway = await openGateway({ hosts: [host], servers: [] }, { dir: task.tmp, ports: [] })
  onTestFinished(gateway.close)
  const folder = await open(task.tmp)
  onTestFinished(() => folder.close())
  const sockets = Array.from({ length: 300 }, () => connect(`/proc/self/fd/${folder.fd}/way-3128`))
  for (const socket of sockets) socket.on('error', () => {}).resume()
  const kept = () => sockets.filter(({ closed }) => !closed)
  await eventually(() => expect(kept()).toHaveLength(256))
  let said = ''
  kept()[0]
    ?.on('data', chunk => (said += chunk))
    .write(`GET http://${host}/a HTTP/1.1\r\nhost: ${host}\r\n\r\n`.repeat(2))
  await eventually(() => expect(said).toContain('503 Service Unavailable'))
})
