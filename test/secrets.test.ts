import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../src/bot/bot.ts'
import { systemClock } from '../src/clock.ts'
import { createRedact } from '../src/redact.ts'
import { createFakeLog } from './fakes/log.ts'
import { createFakePlatform } from './fakes/platform.ts'
import { adminOf, asking, listening, posting, TOKEN } from './support/admin.ts'
import { eventually } from './support/eventually.ts'
import { ANN, instructionsOf, makeWorld, toEnd, until } from './support/world.ts'

const BIN = resolve('test/fixtures/claude-fixture.mjs')
/** One secret that is configured, and one that is known by its form alone. */
const SECRET = 'q7Rz-Kd02mXv_81LwPc5'
const TOKEN_OF_GITHUB = `ghp_${'a1B2'.repeat(9)}`
const BOTH = `${SECRET} ${TOKEN_OF_GITHUB}`

const message = (block: object) => ['line', { type: 'assistant', message: { content: [block] } }]
const STEPS = [
  ['line', { type: 'stream_event', event: { type: 'message_start' } }],
  ...[SECRET.slice(0, 9), SECRET.slice(9), ' is the key'].map(text => [
    'line',
    { type: 'stream_event', event: { type: 'content_block_delta', delta: { type: 'text_delta', text } } },
  ]),
  ['sleep', 200],
  ['say', `I use ${BOTH} and ${'x'.repeat(100)}`],
  message({ type: 'thinking', thinking: `hm ${BOTH}` }),
  message({ type: 'tool_use', id: 't1', name: 'Bash', input: { command: `curl ${BOTH}`, [SECRET]: [BOTH] } }),
  message({ type: 'tool_use', id: 't2', name: 'Bash', input: { command: `${'y'.repeat(50)} ${SECRET}` } }),
  message({ type: 'tool_use', id: 't3', name: 'TodoWrite', input: { todos: [{ content: BOTH, status: 'pending' }] } }),
  ['line', { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't1', content: BOTH }] } }],
  ['line', `no message but ${BOTH}`],
  ['write', [`${SECRET}.md`, BOTH]],
]
const sourceOf = (...last: unknown[][]) =>
  `---\ndescription: Runs ${BOTH}\ninputs:\n  topic: { type: text }\n  f: { type: file }\n---\nDO ${JSON.stringify([...STEPS, ...last])}`
const instructions = {
  work: sourceOf(['result', `done with ${BOTH}`]),
  fail: sourceOf(['fail', { result: `no ${BOTH}` }]),
  // Of that much on stderr the last 16 KiB are kept, and the cut goes through the secret.
  crash: sourceOf(['stderr', `${SECRET}${' z'.repeat(8 * 1024 - 5)}`], ['sleep', 100], ['exit', 1]),
  hang: sourceOf(['hang']),
}

function expectNone(text: string): void {
  expect(text).toContain('[secret]')
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain(TOKEN_OF_GITHUB)
}

const topic = `use ${BOTH}`
const upload = { name: `${SECRET}.txt`, open: () => Readable.from(['notes']) }

async function setUp() {
  const world = await makeWorld({ instructions, bin: BIN, secrets: [SECRET] })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const redact = createRedact([SECRET, TOKEN])
  const { log, lines } = createFakeLog()
  const admin = adminOf(world, { redact, log })
  return { world, redact, admin, ask: asking(admin), log, lines }
}

test.each(['work', 'fail', 'crash'])('the log, the job and the posts of `%s` hold no secret', async instruction => {
  const { world, redact, ask, log } = await setUp()
  const platform = createFakePlatform()
  const { engine, db } = world
  const bot = createBot({ engine, owner: engine.owner, db, platforms: [platform], clock: systemClock, log, redact })
  await bot.start()
  onTestFinished(() => bot.stop())
  await platform.ask(`${instruction} topic="${topic}"`)
  await bot.settled()
  expectNone(JSON.stringify(platform.posts))

  const [job] = (await world.engine.jobs({ limit: 1 })).jobs
  const stored = await world.db.selectFrom('event').select('body').execute()
  expectNone(stored.map(({ body }) => body).join('\n'))
  for (const table of ['artifact', 'attempt'] as const)
    expect(JSON.stringify(await world.db.selectFrom(table).selectAll().execute())).not.toContain(SECRET)
  const paths = [
    '/api/jobs',
    `/api/jobs/${job?.id}`,
    `/api/jobs/${job?.id}/logs?format=ndjson&follow=0`,
    '/api/outputs',
  ]
  for (const path of [...paths, '/api/instructions']) expectNone(await (await ask(path)).text())
})

test('a live stream holds no secret: lines, what is being written, and the job at the end', async () => {
  const { world, admin } = await setUp()
  const server = await listening(admin)
  onTestFinished(server.stop)
  const { id } = await world.engine.submit({ instruction: 'work', inputs: { topic, f: [upload] }, origin: ANN })
  const response = await fetch(`${server.url}/api/jobs/${id}/logs`, { headers: { authorization: `Bearer ${TOKEN}` } })
  const text = await response.text()
  expect(text).toMatch(/event: partial\ndata: .*\[secret\] is the key/)
  expect(text).toMatch(/event: done\ndata: .*"topic":"use \[secret\] \[secret\]"/)
  expectNone(text)
})

test.each(['identity', 'gzip'])('the pages hold no secret, sent as %s', async encoding => {
  const { world, admin } = await setUp()
  const server = await listening(admin)
  onTestFinished(server.stop)
  const { id } = await world.engine.submit({ instruction: 'work', inputs: { topic, f: [upload] }, origin: ANN })
  await toEnd(world.engine, id)
  const headers = { authorization: `Bearer ${TOKEN}`, 'accept-encoding': encoding }
  for (const path of ['/jobs', '/files', `/jobs/${id}`, `/jobs/${id}/lines`, `/jobs?status=${SECRET}`]) {
    const response = await fetch(server.url + path, { headers })
    expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null)
    const text = await response.text()
    expect(text).toMatch(/^\s*</)
    if (path !== `/jobs?status=${SECRET}`) expectNone(text)
  }
})

test("an output's bytes are the agent's, under a name that is served", async () => {
  const { world, ask } = await setUp()
  const { id } = await world.engine.submit({ instruction: 'work', inputs: {}, origin: ANN })
  const { job } = await toEnd(world.engine, id)
  expect(job.outputs.map(({ path }) => path)).toEqual(['[secret].md'])
  const { outputs } = (await (await ask(`/api/jobs/${id}`)).json()) as { outputs: { url: string }[] }
  expect(await (await ask(outputs[0]?.url ?? '')).text()).toBe(BOTH)
  expect(await readFile(job.outputs[0]?.file ?? '', 'utf8')).toBe(BOTH)
})

test('the agent gets what it was given: only what leaves is redacted', async () => {
  const echo = `---\ndescription: E\ninputs:\n  topic: { type: text }\n---\nDO [["write", ["a.md", {{topic}}]]]`
  const world = await makeWorld({ instructions: { echo }, bin: BIN, secrets: [SECRET] })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const { id } = await world.engine.submit({ instruction: 'echo', inputs: { topic }, origin: ANN })
  await toEnd(world.engine, id)
  const { inputs } = await world.db.selectFrom('job').select('inputs').where('id', '=', id).executeTakeFirstOrThrow()
  expect(inputs).toContain(SECRET)
})

test('a problem holds no secret, whether it is the asker’s or ours', async () => {
  const { ask, admin, lines } = await setUp()
  expectNone(await (await ask('/api/jobs', posting({ instruction: BOTH, inputs: {} }))).text())
  const wrong = { instruction: 'work', inputs: { [SECRET]: BOTH } }
  expectNone(await (await ask('/api/jobs', posting(wrong))).text())
  expectNone(await (await ask(`/api/jobs/${encodeURIComponent(BOTH)}`)).text())
  expect(admin).toBeDefined()
  expect(JSON.stringify(lines)).not.toContain(TOKEN_OF_GITHUB)
})

test('a mistake of an instruction holds no secret', async () => {
  const { world, redact } = await setUp()
  const mistakes = [{ file: `${SECRET}.md`, line: 3, message: `\`${BOTH}\` is not a key.` }]
  const engine = { ...world.engine, instructions: () => ({ ...instructionsOf({}), mistakes }) }
  expectNone(await (await asking(adminOf({ ...world, engine }, { redact }))('/api/instructions')).text())
})

test('a cancelled job holds no secret either', async () => {
  const { world, ask } = await setUp()
  const { id } = await world.engine.submit({ instruction: 'hang', inputs: { topic }, origin: ANN })
  await until(world.engine, id, ({ kind }) => kind === 'tool_result')
  await world.engine.cancel(id, ANN)
  await eventually(async () => expect((await world.engine.job(id))?.status).toBe('cancelled'))
  expectNone(await (await ask(`/api/jobs/${id}`)).text())
  expectNone(await (await ask(`/api/jobs/${id}/logs?format=ndjson&follow=0`)).text())
})
