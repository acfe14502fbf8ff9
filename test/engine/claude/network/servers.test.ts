import { expect, test } from 'vitest'
import { reachOfServers } from '../../../../src/engine/claude/network/servers.ts'

const reachOf = (...urls: string[]) => reachOfServers(Object.fromEntries(urls.map((url, i) => [`s${i}`, { url }])))

test('a server is in reach at its host and port, and at those alone', () => {
  expect(
    reachOf('https://CRM.example/mcp', 'http://crm.internal/sse', 'https://10.0.0.7:8443/', 'ws://[::1]:9000'),
  ).toEqual({
    servers: ['crm.example:443', 'crm.internal:80', '10.0.0.7:8443', '::1:9000'],
    ports: [],
  })
})

test('of servers at 127.0.0.1 the ports are led through, each once', () => {
  expect(reachOf('http://127.0.0.1:8765/a', 'http://127.0.0.1:8765/b', 'http://localhost:8766')).toEqual({
    servers: ['localhost:8766'],
    ports: [8765],
  })
})

test('a server that runs as a command has no host, nor one whose address is a variable', () => {
  expect(reachOfServers({ crm: { command: 'crm', args: ['https://crm.example'] } })).toEqual({ servers: [], ports: [] })
  expect(reachOf('$CRM_URL')).toEqual({ servers: [], ports: [] })
})
