import { expect, test } from 'vitest'
import { parseMcpServers, secretsOfServers } from '../../../src/engine/instructions/mcp.ts'

const mistakesOf = (text: string) => parseMcpServers(text).mistakes.map(({ line, message }) => `${line}: ${message}`)

test('servers are kept as they stand, with keys that only the agent knows', () => {
  const text = JSON.stringify(
    { mcpServers: { crm: { command: 'crm', args: ['-v'], x: 1 }, web: { type: 'http', url: 'http://x/' } }, other: 1 },
    null,
    '\t',
  )
  expect(parseMcpServers(`\ufeff${text}`)).toEqual({
    servers: new Map<string, unknown>([
      ['crm', { command: 'crm', args: ['-v'], x: 1 }],
      ['web', { type: 'http', url: 'http://x/' }],
    ]),
    mistakes: [],
  })
  expect(parseMcpServers('{"mcpServers":{}}')).toEqual({ servers: new Map(), mistakes: [] })
})

test.each([
  ['an empty file', '', ['1: The file must be a map of keys.']],
  ['a list', '[]', ['1: The file must be a map of keys.']],
  ['no servers', '{\n}', ['1: `mcpServers` is required: add it.']],
  ['a server that is none', '{"mcpServers": {\n"a": 7}}', ['2: `mcpServers.a` must be a map of keys.']],
  [
    'servers that nothing starts or reaches',
    '{\n"mcpServers": {\n"a": {},\n"b": {"args": []}\n}}',
    ['3: `mcpServers.a` must have a `command`, or a `url`.', '4: `mcpServers.b` must have a `command`, or a `url`.'],
  ],
  [
    'a command that is no text',
    '{"mcpServers": {"a": {\n"command": ["x"]}}}',
    ['2: `mcpServers.a.command` must be text (in quotes if it looks like something else).'],
  ],
])('%s', (_, text, mistakes) => {
  expect(mistakesOf(text)).toEqual(mistakes)
})

test.each([
  ['a comma too few', '{\n"mcpServers": {\n"a": {}\n"b": {}\n}}'],
  ['a file cut off', '{\n"mcpServers": {\n"a": {\n'],
  ['a server twice', '{\n"mcpServers": {\n"a": {},\n"a": {}}}'],
])('%s stands with its line', (_, text) => {
  expect(mistakesOf(text)).toEqual([expect.stringMatching(/^[345]: This is not valid JSON \(.+\): correct it\.$/)])
})

test("a server's secrets are what its environment, headers and address call so", () => {
  const servers = new Map<string, unknown>([
    ['crm', { command: 'crm', env: { CRM_KEY: 'k-123456', MODE: 'production' } }],
    [
      'web',
      { url: 'https://x/', headers: { Authorization: 'Bearer t-123456', 'X-Api-Key': 'a-123456', 'X-Team': 'sales' } },
    ],
    ['odd', { command: 'odd', env: { TOKEN: 7, ODD_TOKEN: 'o-123456' }, headers: [] }],
    ['address', { url: 'https://me:p-123456@x/?apiKey=u-123456&page=7' }],
  ])
  expect(secretsOfServers(servers)).toEqual(['k-123456', 't-123456', 'a-123456', 'o-123456', 'p-123456', 'u-123456'])
})
