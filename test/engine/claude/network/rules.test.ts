import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { wayTo } from '../../../../src/engine/claude/network/rules.ts'

const reach = (hosts: string[]) => ({ hosts, servers: [] })
const way = (hosts: string[], host: string, port = 443) => wayTo(reach(hosts), { host, port })

test.each([
  [['93.184.215.14'], '93.184.215.14', 443],
  [['93.184.215.14'], '93.184.215.14', 80],
  [['93.184.215.14:8443'], '93.184.215.14', 8443],
  [['10.0.0.7:5432'], '10.0.0.7', 5432],
  [['localhost:8080', '127.0.0.1:8080'], 'localhost', 8080],
  [['localhost:8080', '127.0.0.1:8080'], 'LOCALHOST.', 8080],
  [['*'], '93.184.215.14', 443],
  [['*'], '[2606:2800:21f::1]', 80],
  [['*', '10.0.0.7'], '10.0.0.7', 443],
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
  [['*'], '93.184.215.14', 22],
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
    const resolves = async () => [{ address: to, family: isIP(to) }]
    expect(await wayTo(reach(['evil.example.com']), { host: 'evil.example.com', port: 443 }, resolves)).toEqual({
      refused: 'evil.example.com leads into a private network.',
    })
  },
)

test.each(['127.0.0.1', '169.254.169.254', '10.0.0.7', '[::1]', '[fd00::7]', '168.63.129.16', '[::ffff:0:a00:7]'])(
  'every host is every one of the internet, and not %s',
  async address => {
    expect(await way(['*'], address)).toEqual({ refused: expect.stringContaining('into a private network') })
  },
)

test.each(['127.0.0.2', '10.0.0.7', '[::1]'])(
  'a server is where the admin wrote it, at %s, and at that port',
  async at => {
    const servers = [`${at.replace(/[[\]]/g, '')}:8080`]
    expect(await wayTo({ hosts: [], servers }, { host: at, port: 8080 })).toMatchObject({ port: 8080 })
    expect(await wayTo({ hosts: ['*'], servers }, { host: at, port: 443 })).toHaveProperty('refused')
  },
)

test("a name that leads to the machine's own address of the internet is refused too", async () => {
  const own = Object.values(networkInterfaces()).flatMap(entries => (entries ?? []).map(({ address }) => address))
  const wrapped = own.filter(address => isIP(address) === 4).map(address => `::ffff:${address}`)
  for (const address of [...own, ...wrapped])
    expect(
      await wayTo(reach(['me.example.com']), { host: 'me.example.com', port: 80 }, async () => [
        { address, family: isIP(address) },
      ]),
    ).toEqual({
      refused: 'me.example.com leads into a private network.',
    })
})

test('the address that was looked at is the one that is used', async () => {
  const four = (address: string) => ({ address, family: 4 })
  const answers = [[four('10.0.0.7'), four('93.184.215.14')], [four('127.0.0.1')]]
  const once = async () => answers.shift() ?? []
  const found = await wayTo(reach(['api.example.com']), { host: 'api.example.com', port: 443 }, once)
  expect(found).toEqual({ addresses: [four('93.184.215.14')], port: 443 })
})
