import { describe, expect, onTestFinished, test } from 'vitest'
import { openKeyProxy } from '../../../../src/engine/claude/key-proxy/key-proxy.ts'
import { startApi, streaming } from '../../../support/api-server.ts'
import { accountAt } from '../../../support/world.ts'

const SEARCH = { type: 'web_search_20250305', name: 'web_search' }
const said = (...content: object[]) => ({ model: 'm', messages: [{ role: 'user', content }] })
const image = (source: object) => ({ type: 'image', source })
const AFAR = image({ type: 'url', url: 'https://away.example/?what=was+read' })

/** Asks an API by the proxy of an agent without a network: the status, and what the API got. */
async function ask(body: object | string, { search = false } = {}) {
  const api = await startApi(streaming({ input_tokens: 1 }))
  const proxy = await openKeyProxy(accountAt(api.url), {
    ...{ capUsd: null, confined: { search } },
    ...{ isFunded: () => true, onCall: () => {} },
  })
  onTestFinished(() => proxy.close())
  const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: token = '' } = proxy.env
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': token }, body: sent })
  return { status: response.status, answer: await response.text(), got: api.received.map(request => request.body) }
}

describe('for an agent without a network the API', () => {
  test.each<[string, object]>([
    ['an image', said(AFAR)],
    ['an image that a tool gave', said({ type: 'tool_result', tool_use_id: 't', content: [AFAR] })],
    ['an image in a document', said({ type: 'document', source: { type: 'content', content: [AFAR] } })],
    ['an image in the system prompt', { ...said(), system: [AFAR] }],
    ['a file of the account', said({ type: 'document', source: { type: 'file', file_id: 'file_1' } })],
    ['a page by a tool', { ...said(), tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] }],
    ['a search', { ...said(), tools: [SEARCH] }],
    ['an MCP server', { ...said(), mcp_servers: [{ type: 'url', url: 'https://away.example', name: 'a' }] }],
  ])('fetches nothing: %s', async (_, body) => {
    const { status, answer, got } = await ask(body)
    expect([status, got]).toEqual([400, []])
    expect(answer).toContain('may fetch nothing')
  })

  test('gets all that needs no fetching', async () => {
    const body = {
      ...said(
        image({ type: 'base64', media_type: 'image/png', data: 'AAAA' }),
        { type: 'tool_use', id: 't', name: 'draw', input: { source: { type: 'url' } } },
        { type: 'search_result', source: 'https://away.example', title: 'a', content: [] },
        { type: 'text', text: '{"type":"url"} é' },
      ),
      ...{ tools: [{ name: 'draw', input_schema: {} }, SEARCH], mcp_servers: [] },
    }
    const { status, got } = await ask(body, { search: true })
    expect([status, got.map(text => JSON.parse(text))]).toEqual([200, [body]])
  })

  test('gets nothing that was not read here', async () => {
    const twice = `{"messages":${JSON.stringify(said(AFAR).messages)},"messages":[]}`
    expect((await ask(twice)).got).toEqual(['{"messages":[]}'])
    for (const body of ['', 'no json', `${'{"content":'.repeat(20_000)}1${'}'.repeat(20_000)}`])
      expect(await ask(body)).toMatchObject({ status: 400, got: [] })
  })
})
