import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Account } from '../../../../src/config.ts'
import type { ModelCall } from '../../../../src/engine/agent.ts'
import { openKeyProxy } from '../../../../src/engine/claude/key-proxy/key-proxy.ts'
import { type Answer, answerEvents, failing, startApi, streaming } from '../../../support/api-server.ts'
import { eventually } from '../../../support/eventually.ts'

const SECRET = 'sk-ant-the-account'
const USED = { input_tokens: 1000, output_tokens: 100 }
/** Opus 5.5: $4 and $20 a million. */
const COST = 0.006

/** A proxy before an API that answers so, and what it told of the calls. */
async function open(
  answer: Answer,
  given: { account?: Partial<Account>; capUsd?: number; isFunded?: () => boolean; path?: string } = {},
) {
  const api = await startApi(answer)
  const account: Account = { kind: 'key', secret: SECRET, baseUrl: api.url + (given.path ?? ''), ...given.account }
  const calls: ModelCall[] = []
  const { capUsd = null, isFunded = () => true } = given
  const proxy = await openKeyProxy(account, { capUsd, confined: null, isFunded, onCall: call => void calls.push(call) })
  onTestFinished(() => proxy.close())
  const { ANTHROPIC_BASE_URL: url = '', ANTHROPIC_API_KEY: token = '' } = proxy.env
  const post = (path = '/v1/messages?beta=true', headers: Record<string, string> = { 'x-api-key': token }) =>
    fetch(url + path, { method: 'POST', headers, body: '{"model":"m"}', redirect: 'manual' })
  const spentUsd = () => calls.reduce((sum, { spent }) => sum + spent.costUsd, 0)
  return { api, proxy, url, token, calls, post, spentUsd }
}

/** Opens a request whose body is still to come. */
function begin(url: string, token: string): { request: ClientRequest; answer: Promise<IncomingMessage> } {
  const request = requestHttp(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': token } })
  const answer = once(request, 'response').then(([response]) => response as IncomingMessage)
  return { request, answer }
}

const event = (target: NodeJS.EventEmitter, name: string) => once(target, name)

describe('a call', () => {
  test('reaches the API with the key in the place of the token, and its answer comes back whole', async () => {
    const { api, post, token } = await open(streaming(USED))
    const response = await post('/v1/messages?beta=true', {
      'x-api-key': token,
      ...{ authorization: `Bearer ${token}`, cookie: 'a=b', 'proxy-authorization': token, 'accept-encoding': 'br' },
      'anthropic-beta': 'tools',
    })
    expect([response.status, response.headers.get('request-id')]).toEqual([200, 'req_1'])
    expect(await response.text()).toBe(answerEvents(USED).join(''))
    const [got] = api.received
    expect(got).toMatchObject({ method: 'POST', url: '/v1/messages?beta=true', body: '{"model":"m"}' })
    expect(got?.headers).toMatchObject({
      'x-api-key': SECRET,
      'anthropic-beta': 'tools',
      'accept-encoding': 'identity',
    })
    expect(got?.headers.host).toBe(new URL(api.url).host)
    expect(JSON.stringify(got?.headers)).not.toContain(token)
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) expect(got?.headers).not.toHaveProperty(name)
  })

  test('leaves behind the headers that are of its own connection, in both directions', async () => {
    const { api, url, token } = await open((request, response) => {
      request.resume()
      response.writeHead(200, { 'x-hop': 'theirs', 'x-kept': '1', connection: 'close, x-hop' }).end('{}')
    })
    const headers = { 'x-api-key': token, 'x-hop': 'mine', te: 'trailers', connection: 'keep-alive, X-Hop' }
    const request = requestHttp(`${url}/v1/messages`, { method: 'POST', headers }).end()
    const [response] = await event(request, 'response')
    expect(response.headers).toMatchObject({ 'x-kept': '1' })
    expect(response.headers).not.toHaveProperty('x-hop')
    for (const name of ['x-hop', 'te']) expect(api.received[0]?.headers).not.toHaveProperty(name)
  })

  test.each([
    [
      'in pieces',
      'transfer-encoding: chunked',
      (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ],
    ['whose length is said to be of the connection', 'connection: content-length', (body: string) => body],
  ])('with a body %s, where none is expected, hides no other call in it', async (_, header, coded) => {
    const { api, proxy, token, post } = await open(streaming(USED))
    const hidden = 'POST /v1/files HTTP/1.1\r\nx-hidden: '
    const length = header.startsWith('connection') ? `content-length: ${hidden.length}\r\n` : ''
    const socket = connect(proxy.port, '127.0.0.1')
    socket.write(
      `GET /v1/models HTTP/1.1\r\nhost: x\r\nx-api-key: ${token}\r\n${header}\r\n${length}\r\n${coded(hidden)}`,
    )
    await event(socket, 'data')
    socket.destroy()
    await (await post()).text() // over the connection to the API that the first one has left
    expect(api.received.map(({ url, body }) => [url, body])).toEqual([
      ['/v1/models', hidden],
      ['/v1/messages?beta=true', '{"model":"m"}'],
    ])
  })

  test('of a login bears its token, and is given in the same form', async () => {
    const { api, proxy, url } = await open(streaming(USED), { account: { kind: 'oauth' } })
    expect(Object.keys(proxy.env).sort()).toEqual(['ANTHROPIC_BASE_URL', 'CLAUDE_CODE_OAUTH_TOKEN'])
    const authorization = `Bearer ${proxy.env.CLAUDE_CODE_OAUTH_TOKEN}`
    const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers: { authorization } })
    expect(response.status).toBe(200)
    expect(api.received[0]?.headers.authorization).toBe(`Bearer ${SECRET}`)
    expect(api.received[0]?.headers).not.toHaveProperty('x-api-key')
  })

  test('stays below the path of the base URL', async () => {
    const { api, post } = await open(streaming(USED), { path: '/gate/claude/' })
    await post()
    expect(api.received[0]?.url).toBe('/gate/claude/v1/messages?beta=true')
  })

  test('is not led elsewhere by a redirect', async () => {
    const elsewhere = await startApi(streaming(USED))
    const { post } = await open((request, response) => {
      request.resume()
      response.writeHead(307, { location: `${elsewhere.url}/v1/messages` }).end()
    })
    const response = await post()
    expect([response.status, response.headers.get('location')]).toEqual([502, null])
    expect(await response.text()).toContain('ANTHROPIC_BASE_URL')
    expect(elsewhere.received).toEqual([])
  })
})

describe('what is refused reaches nobody', () => {
  test.each([
    ['another token', { 'x-api-key': 'x'.repeat(43) }],
    ['a part of the token', (token: string) => ({ 'x-api-key': token.slice(1) })],
    ['the token with more', (token: string) => ({ authorization: `Bearer ${token}x` })],
    ['no token', {}],
    ['the key itself', { 'x-api-key': SECRET }],
  ])('%s', async (_, headers) => {
    const { api, post, token } = await open(streaming(USED))
    const response = await post('/v1/messages', typeof headers === 'function' ? headers(token) : headers)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
    expect(api.received).toEqual([])
  })

  test.each([
    'POST http://169.254.169.254/v1/messages',
    'POST //169.254.169.254/v1/messages',
    'POST /v1/messages/../files',
    'POST /v1/messages/%2e%2e/files',
    'POST /v1/messages\\..\\files',
    'POST /v1/messages@169.254.169.254/',
    'POST /v1/messages?a=//169.254.169.254',
    'POST /v1/messages/batches',
    'GET /v1/messages/batches',
    'GET /v1/files',
    'GET /v1/models/../files',
    'DELETE /v1/messages',
    'POST /api/oauth/token',
    'POST /',
    'GET *',
    'OPTIONS *',
  ])('%s', async line => {
    const { api, url, token } = await open(streaming(USED))
    expect(await raw(url, `${line} HTTP/1.1\r\nx-api-key: ${token}`)).toMatch(/^HTTP\/1\.1 (400|404) /)
    expect(api.received).toEqual([])
  })

  test.each(['CONNECT 169.254.169.254:443', 'CONNECT /v1/messages'])('%s', async line => {
    const { api, url, token } = await open(streaming(USED))
    expect(await raw(url, `${line} HTTP/1.1\r\nx-api-key: ${token}`)).toMatch(/^$|^HTTP\/1\.1 400 /)
    expect(api.received).toEqual([])
  })

  test('an upgrade', async () => {
    const { api, url, token } = await open(streaming(USED))
    const upgrade = 'connection: upgrade\r\nupgrade: websocket'
    expect(await raw(url, `POST /v1/messages HTTP/1.1\r\nx-api-key: ${token}\r\n${upgrade}`)).toMatch(
      /^HTTP\/1\.1 404 /,
    )
    expect(api.received).toEqual([])
  })

  /** What comes back for a request that is written as it stands here. */
  async function raw(url: string, head: string): Promise<string> {
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.end(`${head}\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n`)
    return await text(socket)
  }

  test('models and counts of tokens pass', async () => {
    const { api, post, url, token } = await open(failing(404, 'not_found_error'))
    await fetch(`${url}/v1/models/claude-opus-5-5?limit=1`, { headers: { 'x-api-key': token } })
    await post('/v1/messages/count_tokens?beta=true')
    expect(api.received).toHaveLength(2)
  })
})

describe('nothing is held', () => {
  test('each part of the answer comes before the next one is made', async () => {
    const { post } = await open(async (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      await seen.promises[0]
      response.write('event: ping\ndata: {}\n\n')
      await seen.promises[1]
      response.end('half a line')
    })
    const seen = steps(2)
    const reader = (await post()).body?.getReader()
    seen.reach(0)
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('event: ping\ndata: {}\n\n')
    seen.reach(1)
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('half a line')
  })

  test('each part of the request goes on before the next one comes', async () => {
    const { api, url, token } = await open(() => {})
    const { request, answer } = begin(url, token)
    answer.catch(() => {}) // it is given up
    request.write('first')
    await eventually(() => expect(api.received[0]?.body).toBe('first'))
    request.write(', second')
    await eventually(() => expect(api.received[0]?.body).toBe('first, second'))
    request.destroy()
  })

  test('who does not read makes the API wait', async () => {
    let sent = 0
    const { url, token } = await open(async (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const part = Buffer.alloc(64 * 1024, 'x')
      for (; sent < 64 * 1024 * 1024 && !response.destroyed; sent += part.length)
        if (!response.write(part)) await event(response, 'drain')
    })
    const { request, answer } = begin(url, token)
    request.end()
    const response = await answer
    response.pause()
    let before = -1
    while (before !== sent) {
      before = sent
      await delay(100)
    }
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    response.destroy()
  })
})

describe("either side's end is the other's", () => {
  test('a call that the agent gives up ends at the API, before its answer and in it', async () => {
    for (const isAnswered of [false, true]) {
      const api = Promise.withResolvers<void>()
      const { url, token } = await open((request, response) => {
        request.resume()
        response.on('close', api.resolve)
        if (isAnswered) response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: ping\n')
        else begun.resolve()
      })
      const begun = Promise.withResolvers<void>()
      const { request, answer } = begin(url, token)
      request.on('error', () => {})
      answer.catch(() => {})
      request.end()
      await (isAnswered ? answer : begun.promise)
      request.destroy()
      await api.promise
    }
  })

  test('an answer that the API cuts is cut', async () => {
    const { post, calls } = await open((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(answerEvents(USED)[0], () => setTimeout(() => response.destroy(), 50))
    })
    await expect((await post()).text()).rejects.toThrow()
    await eventually(() => expect(calls.at(-1)).toMatchObject({ status: 200, error: expect.stringMatching(/./) }))
    expect(calls[0]?.spent.usage).toMatchObject({ inputTokens: 1000, outputTokens: 1 })
  })

  test('without an answer there is none', async () => {
    const { post, calls } = await open(() => {}, { account: { baseUrl: 'http://127.0.0.1:1' } })
    await expect(post()).rejects.toThrow()
    expect(calls).toMatchObject([{ status: null, model: null, error: expect.stringContaining('ECONNREFUSED') }])
  })

  test('ends where the API switches to another protocol', async () => {
    const { post, proxy, calls } = await open(request => {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n')
    })
    await expect(post()).rejects.toThrow()
    await proxy.close()
    expect(calls).toMatchObject([{ status: null, error: 'the API closed the connection' }])
  })

  test('is refused when the agent has opened too many at once, on one connection or on many', async () => {
    const { api, proxy, url, token } = await open(() => {})
    const socket = connect(proxy.port, '127.0.0.1')
    socket.on('error', () => {})
    const head = `POST /v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: ${token}\r\ncontent-length: 2\r\n\r\n{}`
    socket.write(head.repeat(300))
    await eventually(() => expect(api.received).toHaveLength(64))
    const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': token }, body: '{}' })
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('too much at once')])
    expect(api.received).toHaveLength(64)
  })
})

describe('what is told', () => {
  test('of a stream: first what its beginning counts, then what its end adds', async () => {
    const { post, calls } = await open(streaming(USED))
    await (await post()).text()
    const same = { model: 'claude-opus-5-5', status: 200, requestId: 'req_1', error: null, isPriced: true }
    await eventually(() => expect(calls).toHaveLength(3))
    expect(calls).toMatchObject([same, same, same])
    expect(calls.map(({ spent }) => [spent.usage?.inputTokens ?? 0, spent.usage?.outputTokens ?? 0])).toEqual([
      [1000, 1],
      [0, 99],
      [0, 0],
    ])
  })

  test('of an error: its status and what its headers say of the limits', async () => {
    const limits = { 'retry-after': '30', 'anthropic-ratelimit-unified-5h-reset': '1800000000' }
    const { post, calls } = await open(failing(429, 'rate_limit_error', { ...limits, 'x-other': '1' }))
    const response = await post()
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30'])
    expect(await response.json()).toMatchObject({ error: { message: 'scripted rate_limit_error' } })
    await eventually(() => expect(calls).toMatchObject([{ status: 429, limits, error: null, spent: { costUsd: 0 } }]))
    expect(calls[0]?.limits).toEqual(limits)
  })

  test('of a call that is under way when the attempt ends, before the end is reached', async () => {
    const { url, token, proxy, calls } = await open((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(answerEvents(USED)[0])
    })
    const { request, answer } = begin(url, token)
    request.on('error', () => {})
    request.end()
    const response = await answer
    response.on('error', () => {})
    await event(response, 'data')
    await proxy.close()
    expect(calls).toMatchObject([{ spent: { usage: { inputTokens: 1000 } } }, { error: expect.any(String) }])
    await expect(fetch(`${url}/v1/messages`)).rejects.toThrow() // nobody listens there any more
  })

  test('of a call that is not answered yet when the attempt ends, too', async () => {
    const asked = Promise.withResolvers<void>()
    const { post, proxy, calls } = await open(() => asked.resolve())
    const lost = expect(post()).rejects.toThrow()
    await asked.promise
    await proxy.close()
    expect(calls).toMatchObject([{ status: null, error: expect.stringMatching(/./) }])
    await lost
  })
})

describe('the cap', () => {
  test('refuses what comes after the call that reached it', async () => {
    const { api, post, proxy, spentUsd } = await open(streaming(USED), { capUsd: 2 * COST })
    for (const status of [200, 200, 402]) {
      const response = await post()
      expect(response.status).toBe(status)
      expect(proxy.isCapReached()).toBe(status === 402)
      await response.text()
    }
    expect(api.received).toHaveLength(2)
    expect(spentUsd()).toBeCloseTo(2 * COST, 9)
  })

  test('is told apart from a budget that is used up, after which the job goes on by itself', async () => {
    const messageFor = async (given: { capUsd?: number; isFunded?: () => boolean }) => {
      const response = await (await open(streaming(USED), given)).post()
      expect(response.status).toBe(402)
      return JSON.parse(await response.text()).error.message
    }
    const isFunded = () => false
    expect(await messageFor({ capUsd: 0 })).toBe('This job has reached its limit of cost.')
    expect(await messageFor({ capUsd: 0, isFunded })).toBe('This job has reached its limit of cost.')
    expect(await messageFor({ isFunded })).toBe('A budget is used up for now; this job goes on by itself.')
  })

  test('lets a call that is under way go on', async () => {
    const first = Promise.withResolvers<void>()
    const { post } = await open(
      async (request, response, n) => {
        if (n > 1) return await streaming(USED)(request, response, n)
        const [start, ...rest] = answerEvents(USED)
        request.resume()
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(start)
        await first.promise
        response.end(rest.join(''))
      },
      { capUsd: COST * 0.5 },
    )
    const long = await post()
    await eventually(async () => expect((await post()).status).toBe(402))
    first.resolve()
    expect(await long.text()).toBe(answerEvents(USED).join(''))
  })
})

/** So many promises that are resolved one by one. */
function steps(count: number) {
  const all = Array.from({ length: count }, () => Promise.withResolvers<void>())
  return { promises: all.map(({ promise }) => promise), reach: (n: number) => all[n]?.resolve() }
}
