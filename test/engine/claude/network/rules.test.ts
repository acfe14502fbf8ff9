import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { wayTo } from '../../../../src/engine/claude/network/rules.ts'

const way = (hosts: string[], host: string, port = 443) => wayTo(hosts, { host, port })

test.each([
  [['93.184.215.14'], '93.184.215.14', 443],
  [['93.184.215.14'], '93.184.215.14', 80],
  [['93.184.215.14:8443'], '93.184.215.14', 8443],
  [['10.0.0.7:5432'], '10.0.0.7', 5432],
  [['localhost:8080', '127.0.0.1:8080'], 'localhost', 8080],
  [['localhost:8080', '127.0.0.1:8080'], 'LOCALHOST.', 8080],
])('%s lets pass %s:%d', async (hosts, host, port) => {
  expect(await way(hosts, host, port)).toMatchObject({ port })
})

test.each([
  [[], '93.184.215.14', 443],
  [['api.example.com'], '93.184.215.14', 443],
  [['93.184.215.14'], '93.184.215.14', 22],
  [['93.184.215.14:8443'], '93.184.215.14', 443],
  [['*.example.com'], 'example.com', 443],
  [['*.example.com'], 'notexample.com', 443],
  [['example.com'], 'www.example.com', 443],
])('%s does not name %s:%d', async (hosts, host, port) => {
  expect(await way(hosts, host, port)).toEqual({ refused: expect.stringContaining('is not among the hosts') })
})

test.each(['localhost', '2130706433', '127.1', '0'])(
  '%s is named, and leads to this machine all the same',
  async host => {
    expect(await way([host], host)).toEqual({ refused: expect.stringMatching(/private network|not known/) })
  },
)

test.each(['127.0.0.1', '169.254.169.254', '10.0.0.7', '::1', '::ffff:10.0.0.7', '64:ff9b::a00:7'])(
  'to %s no name leads, only the address itself',
  async to => {
    const resolves = async () => [{ address: to }]
    expect(await wayTo(['evil.example.com'], { host: 'evil.example.com', port: 443 }, resolves)).toEqual({
      refused: 'evil.example.com leads into a private network.',
    })
  },
)

test("a name that leads to the machine's own address of the internet is refused too", async () => {
  const own = Object.values(networkInterfaces()).flatMap(entries => entries ?? [])
  for (const { address } of own)
    expect(await wayTo(['me.example.com'], { host: 'me.example.com', port: 80 }, async () => [{ address }])).toEqual({
      refused: 'me.example.com leads into a private network.',
    })
})

test('the address that was looked at is the one that is used', async () => {
  const answers = [[{ address: '10.0.0.7' }, { address: '93.184.215.14' }], [{ address: '127.0.0.1' }]]
  const once = async () => answers.shift() ?? []
  const found = await wayTo(['api.example.com'], { host: 'api.example.com', port: 443 }, once)
  expect(found).toEqual({ address: '93.184.215.14', port: 443 })
})
