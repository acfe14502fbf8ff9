import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Account } from '../../../../src/config.ts'
import type { AgentEnd, ModelCall, Task } from '../../../../src/engine/agent.ts'
import { createClaude } from '../../../../src/engine/claude/claude.ts'
import { NOTHING_SPENT, plus } from '../../../../src/engine/spent.ts'
import type { EventBody } from '../../../../src/job.ts'
import { NO_SANDBOX } from '../../../../src/sandbox.ts'
import { type Answer, answerEvents, failing, startApi, streaming } from '../../../support/api-server.ts'
import { taskOf } from '../task.ts'

const SECRET = 'sk-ant-the-account-of-the-server'
const PATH = process.env.PATH ?? ''
const USED = { input_tokens: 1000, output_tokens: 100 }

type Cli = { account: Account | null; env?: Record<string, string>; task?: Partial<Task> }

/** One run of the pinned CLI in new folders: its log, its end and the calls that were told of. */
async function run({ account, env, task }: Cli) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-proxy-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const [workspace, session, tmp] = [join(dir, 'workspace'), join(dir, 'session'), join(dir, 'tmp')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  const claude = createClaude({ bin: null, model: null, env: { PATH, ...env }, account, sandbox: NO_SANDBOX })
  const [log, calls]: [EventBody[], ModelCall[]] = [[], []]
  let end: AgentEnd | undefined
  const given = { prompt: 'Go', workspace, session: { dir: session, nativeId: null }, tmp, ...task }
  for await (const event of claude.run(
    taskOf({ ...given, onCall: call => void calls.push(call) }),
    AbortSignal.timeout(45_000),
  )) {
    if (event.kind === 'log') log.push(event.body)
    if (event.kind === 'ended') end = event.end
  }
  return { dir, log, end, calls, spent: calls.reduce((sum, { spent }) => plus(sum, spent), NOTHING_SPENT) }
}

const keyOf = (baseUrl: string): Account => ({ kind: 'key', secret: SECRET, baseUrl })

/** Calls the tool first, then is done. */
const using =
  (name: string, input: object): Answer =>
  (request, response, n) =>
    streaming(USED, n === 1 ? { type: 'tool_use', id: 'toolu_1', name, input } : { type: 'text', text: 'done' })(
      request,
      response,
      n,
    )

test('the key is nowhere with the agent, and what it holds instead is worth nothing afterwards', async () => {
  const look = `env; for p in /proc/[0-9]*; do { tr '\\0' '\\n' < $p/environ; tr '\\0' '\\n' < $p/cmdline; } 2>/dev/null; done`
  // This process is not the agent's, and any process of its user could read it: the test gives it no key.
  const api = await startApi(using('Bash', { command: `(${look}) | grep -a -e ANTHROPIC -e sk-ant | sort -u` }))
  const { dir, log, end } = await run({ account: keyOf(api.url), task: { allowedTools: ['Bash'] } })
  expect(end).toMatchObject({ ok: true, answer: 'done' })
  expect(api.received.map(({ headers }) => headers['x-api-key'])).toEqual([SECRET, SECRET])
  const seen = log.find(({ kind }) => kind === 'tool_result')?.text ?? ''
  const token = /ANTHROPIC_API_KEY=([\w-]{43})\n/.exec(seen)?.[1] ?? ''
  const url = /ANTHROPIC_BASE_URL=(http:\/\/127\.0\.0\.1:\d+)/.exec(seen)?.[1]
  expect([token, seen.includes(SECRET)]).toEqual([expect.stringMatching(/./), false])
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter(file => file.isFile())
  for (const file of files) expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain(SECRET)
  expect(files.length).toBeGreaterThan(0)
  // Nobody listens there any more, or somebody who has never heard of this API.
  await fetch(`${url}/v1/models`, { headers: { 'x-api-key': token } }).catch(() => null)
  expect(api.received).toHaveLength(2)
})

test("a login's calls bear its token and say that it is one", async () => {
  const api = await startApi(streaming(USED))
  const { end } = await run({ account: { ...keyOf(api.url), kind: 'oauth' } })
  expect(end).toMatchObject({ ok: true, answer: 'done' })
  expect(api.received[0]?.headers.authorization).toBe(`Bearer ${SECRET}`)
  expect(api.received[0]?.headers['anthropic-beta']).toContain('oauth-2025-04-20')
  expect(api.received[0]?.headers).not.toHaveProperty('x-api-key')
})

test('a web proxy of the environment is not asked for the way to this machine', async () => {
  const api = await startApi(streaming(USED))
  const nowhere = 'http://127.0.0.1:1'
  const { end } = await run({ account: keyOf(api.url), env: { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere } })
  expect(end).toMatchObject({ ok: true, answer: 'done' })
})

test.each(['claude-opus-5-5', 'claude-opus-4-8', 'claude-sonnet-4-6', 'claude-haiku-5-5', 'claude-fable-5-2'])(
  'the calls of %s cost what the CLI says that they cost',
  async model => {
    const usage = {
      ...{ input_tokens: 1234, cache_read_input_tokens: 150_000, output_tokens: 567 },
      cache_creation_input_tokens: 890,
      cache_creation: { ephemeral_5m_input_tokens: 800, ephemeral_1h_input_tokens: 90 },
      server_tool_use: { web_search_requests: 2 },
    }
    const api = await startApi(streaming(usage, undefined, model))
    const { end, spent } = await run({ account: keyOf(api.url), task: { model } })
    expect(spent.costUsd).toBeCloseTo(end?.costUsd ?? 0, 9)
    expect(spent.usage).toEqual(end?.usage)
  },
)

describe('at the cap', () => {
  const again = using('Read', { file_path: 'a.md' })
  const forever: Answer = (request, response) => again(request, response, 1)

  test('the job ends over budget at its next call, which is made once and reaches nobody', async () => {
    const api = await startApi(forever)
    const { end, log } = await run({ account: keyOf(api.url), task: { maxCostUsd: 0.01 } })
    expect(end).toMatchObject({ ok: false, failure: 'budget', message: expect.stringContaining('limit of cost') })
    expect(api.received).toHaveLength(2)
    expect(log.filter(({ kind }) => kind === 'retry')).toEqual([])
    expect(log.at(-1)).toMatchObject({ kind: 'error', text: expect.stringContaining('its limit of cost') })
  })

  test('a job whose budget is used up ends at once too, and its log says that it goes on by itself', async () => {
    const api = await startApi(forever)
    const { end, log } = await run({ account: keyOf(api.url), task: { isFunded: () => false } })
    expect(end).toMatchObject({ ok: false, failure: 'budget' })
    expect(api.received).toEqual([])
    expect(log.map(({ kind }) => kind)).toEqual(['error'])
    expect(log[0]?.text).toContain('A budget is used up for now; this job goes on by itself.')
  })

  test('the answer that crosses it is paid for and kept', async () => {
    const api = await startApi(streaming(USED))
    const { end } = await run({ account: keyOf(api.url), task: { maxCostUsd: 0.001 } })
    expect(end).toMatchObject({ ok: true, answer: 'done' })
  })
})

const cut: Answer = (request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(answerEvents(USED)[0], () => setTimeout(() => response.destroy(), 300))
}

describe('a fault of the API looks to the CLI as it does without the proxy', () => {
  /** The same fault with the proxy and without it. */
  async function compare(answer: Answer | null) {
    const url = answer ? (await startApi(answer)).url : 'http://127.0.0.1:1'
    const env = { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'sk-ant-direct' }
    const [proxied, direct] = await Promise.all([run({ account: keyOf(url) }), run({ account: null, env })])
    expect(proxied.end).toEqual(direct.end)
    expect(proxied.end?.ok).toBe(false)
    expect(proxied.log.map(comparable)).toEqual(direct.log.map(comparable))
  }

  test.each([
    ['400', failing(400, 'invalid_request_error')],
    ['401', failing(401, 'authentication_error')],
    ['403', failing(403, 'permission_error')],
    ['429 for longer than it waits', failing(429, 'rate_limit_error', { 'retry-after': '61' })],
  ])('%s', (_, answer) => compare(answer))

  // Together, since each is tried four times again.
  test('529, a connection that is refused, closed without an answer, or cut in an answer', async () => {
    const closed = (_: unknown, response: ServerResponse) => void response.destroy()
    await Promise.all([failing(529, 'overloaded_error'), null, closed, cut].map(compare))
  })
})

/** Pauses between tries are random, ports are those of the run; a refused connection is a closed one by the proxy. */
const comparable = ({ kind, text }: EventBody) => ({
  kind,
  text: text
    .replace(/ in \d+ s$/, '')
    .replace(/127\.0\.0\.1:\d+/, 'host')
    .replace(/Connection .*$/, 'Connection lost'),
})
