import { expect, test } from 'vitest'
import { ADMIN } from '../../../src/admin/admin.ts'
import { fieldOf } from '../../../src/admin/pages/input-form.ts'
import { bin, doing, todo } from '../../engine/conversations/fixture.ts'
import { adminOf, asking } from '../../support/admin.ts'
import { makeWorld, toEnd, until } from '../../support/world.ts'

const MAKE = doing(
  [
    ['write', ['brief.md', 'a brief']],
    ['result', 'It is **made**.'],
  ],
  'inputs:\n  topic: { type: text, required: true, max: 30 }\n  words: { type: integer, min: 1, max: 9, default: 3 }\n  tone: { type: choice, options: [plain, formal] }\n  sure: { type: boolean }\n  sources: { type: file, max: 2 }\n',
)
const instructions = {
  make: MAKE,
  draft: `---\ndescription: Draft\ninputs:\n  brief: { type: file, required: true, accept: [.md] }\n---\n${todo([['result', 'drafted']])}`,
  long: doing([['say', 'here'], ['hang']]),
  asks: doing([['ask', ['t1', 'Bash', { command: 'ls' }]]], 'ask-tools: [Bash]\n'),
  fails: doing([
    ['say', 'here'],
    ['write', ['half.md', 'half']],
    ['fail', {}],
    ['exit', 1],
  ]),
}

/** The fields of a form for these inputs. */
const asInputs = (values: Record<string, string | File>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [fieldOf(name), value]))

async function start() {
  const world = await makeWorld({ instructions, bin })
  const ask = asking(adminOf(world))
  const get = async (path: string) => await (await ask(path)).text()
  const post = async (path: string, fields: Record<string, string | File> = {}) => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    const response = await ask(path, { method: 'POST', body })
    return { status: response.status, location: response.headers.get('location') ?? '', html: await response.text() }
  }
  /** Sends the form of an instruction, and gives the job's id. */
  const run = async (instruction: string, fields: Record<string, string | File> = {}) => {
    const { status, location } = await post(`/run/${instruction}`, asInputs(fields))
    expect(status).toBe(303)
    return location.split('/').at(-1)?.split('?')[0] ?? ''
  }
  return { ...world, world, get, post, run }
}

test('the form of an instruction asks for its inputs, and makes a job with its files', async () => {
  const at = await start()
  await using _ = at.world
  const form = await at.get('/run/make')
  expect(form).toMatch(/<input id="input.topic" name="input.topic" required=""[^>]* maxlength="30"/)
  expect(form).toMatch(/<input id="input.words" name="input.words"[^>]*type="number"[^>]*min="1" max="9" value="3"/)
  expect(form).toMatch(/<select[^>]*name="input.tone"[^>]*><option value="">–<\/option><option value="plain">/)
  expect(form).toMatch(/<input id="input.sources" type="file" name="input.sources" multiple=""/)
  const notes = new File(['seven'], 'notes.md')
  const id = await at.run('make', { topic: 'Tyres', words: '4', tone: '', sure: 'yes', sources: notes })
  const { job } = await toEnd(at.engine, id)
  expect(job).toMatchObject({ title: 'Tyres', platform: 'web', inputs: { topic: 'Tyres', words: 4, sure: true } })
  expect(job.inputs.sources).toMatchObject([{ name: 'notes.md', bytes: 5 }])
  expect((await at.post('/run/none')).status).toBe(404)
})

test('the page of an instruction that is not there says what is, and what was likely meant', async () => {
  const { world, get } = await start()
  await using _ = world
  expect(await get('/run/drafts')).toContain(
    'There is no instruction <code>drafts</code>: did you mean <code>draft</code>?',
  )
})

test('what does not fit is said at its field, and what was filled in stays', async () => {
  const at = await start()
  await using _ = at.world
  const fields = { topic: 'x'.repeat(31), words: '12', tone: 'formal', 'sources.jobs': 'job:zzzzzzzz/a.md' }
  const lost = await at.post('/run/make', asInputs(fields))
  expect(lost).toMatchObject({ status: 422, html: expect.stringContaining('There is no job zzzzzzzz here') })
  const { status, html } = await at.post(
    '/run/make',
    asInputs({ ...fields, 'sources.jobs': '', sources: new File(['a'], 'a') }),
  )
  expect(status).toBe(422)
  expect(html).toMatch(/id="input.topic.problem">topic must be text of at most 30/)
  expect(html).toMatch(/id="input.words.problem">words must be a whole number from 1 to 9; you gave 12/)
  expect(html).toMatch(/id="input.tone.problem" hidden=""/)
  expect(html).toContain(`value="${'x'.repeat(31)}"`)
  expect(html).toContain('<option value="formal" selected="">')
  expect(html).toContain('Choose the files again')
  expect((await at.engine.jobs({ limit: 1 })).jobs).toEqual([])
})

test('a form that did not arrive whole is refused with a sentence, and starts nothing', async () => {
  const at = await start()
  await using _ = at.world
  const id = await at.run('make', { topic: 'Tyres' })
  await toEnd(at.engine, id)
  const headers = { 'content-type': 'multipart/form-data; boundary=x', accept: 'text/html' }
  for (const path of ['/run/make', `/jobs/${id}/reply`]) {
    const cut = await asking(adminOf(at.world))(path, { method: 'POST', headers, body: '--x\r\ncut' })
    expect([cut.status, await cut.text()]).toEqual([400, expect.stringContaining('This form did not arrive whole')])
  }
  expect((await at.engine.jobs({ limit: 5 })).jobs).toHaveLength(1)
})

test('a result is run again with its inputs, and used in what takes its files', async () => {
  const at = await start()
  await using _ = at.world
  const id = await at.run('make', { topic: 'Tyres', sources: new File(['seven'], 'notes.md') })
  await toEnd(at.engine, id)
  const page = await at.get(`/jobs/${id}`)
  expect(page).toContain(`href="/run/make?from=${id}"`)
  expect(page).toContain(`href="/run/draft?use=${id}"`)
  const again = await at.get(`/run/make?from=${id}`)
  expect(again).toContain('value="Tyres"')
  expect(again).toContain(`job:${id}/inputs/notes.md</textarea>`)
  const second = await at.run('make', { topic: 'Boats', 'sources.jobs': `job:${id}/inputs/notes.md` })
  expect((await toEnd(at.engine, second)).job.inputs.sources).toMatchObject([{ name: 'notes.md', bytes: 5 }])
  expect(await at.get(`/run/draft?use=${id}`)).toContain(`job:${id}/brief.md</textarea>`)
  const third = await at.run('draft', { 'brief.jobs': `job:${id}/brief.md` })
  expect((await toEnd(at.engine, third)).job.result).toBe('drafted')
})

test('a failed job is retried and resumed from its page, and its attempts stand side by side', async () => {
  const at = await start()
  await using _ = at.world
  const id = await at.run('fails')
  await toEnd(at.engine, id)
  expect(await at.get(`/jobs/${id}`)).toMatch(/Retry<\/button>.*Resume<\/button>.*Edit and retry/s)
  expect(await at.post(`/jobs/${id}/retry`)).toMatchObject({ status: 303, location: `/jobs/${id}?asked=retry` })
  await until(at.engine, id, ({ status, attempt }) => status === 'failed' && attempt === 2)
  await at.post(`/jobs/${id}/resume`)
  await until(at.engine, id, ({ status, attempt }) => status === 'succeeded' && attempt === 3)
  const attempts = await at.get(`/jobs/${id}/attempts`)
  expect(attempts).toMatch(/Attempt 3.*resumed by a person.*Attempt 2.*tried again.*Attempt 1.*as it was asked for/s)
  expect(attempts).toMatch(
    /Attempt 3.*✓<\/span> <span class="word">done<.*Attempt 1.*✗<\/span> <span class="word">failed</s,
  )
  const link = /href="([^"]*half\.md\?attempt=1)"/.exec(attempts)?.[1] ?? ''
  expect(await at.get(link)).toBe('half')
  expect(await at.get('/audit')).toMatch(/had the job go on where it stopped.*had the job tried again, afresh/s)
  const refused = await at.post(`/jobs/${id}/retry`)
  expect(refused).toMatchObject({ status: 409, html: expect.stringContaining('has succeeded: run it again') })
})

test('a reply from the page is the next job of the conversation, which each of its pages shows whole', async () => {
  const at = await start()
  await using _ = at.world
  const id = await at.run('make', { topic: 'Tyres' })
  await toEnd(at.engine, id)
  expect(await at.get(`/jobs/${id}`)).toMatch(/id="reply"(?!.*name="when")/s)
  const sent = await at.post(`/jobs/${id}/reply`, {
    text: 'make it <shorter>',
    when: 'queue',
    files: new File(['x'], 'x.md'),
  })
  const next = /\/jobs\/(\w{8})\?asked=reply$/.exec(sent.location)?.[1] ?? ''
  const { job } = await toEnd(at.engine, next)
  expect(job).toMatchObject({ result: expect.stringContaining('x.md'), platform: 'web' })
  const page = await at.get(`/jobs/${next}`)
  expect(page).toMatch(/Conversation.*make · Tyres.*It is <strong>made<\/strong>.*brief\.md.*make it &lt;shorter&gt;/s)
  expect((await at.post(`/jobs/${id}/reply`, { text: ' ' })).html).toContain('Your reply is empty')
})

test('a reply that a running turn has heard points to the job that has, and offers nothing of its own', async () => {
  const at = await start()
  await using _ = at.world
  const id = await at.run('long')
  await until(at.engine, id, ({ kind }) => kind === 'text')
  const { location } = await at.post(`/jobs/${id}/reply`, { text: 'shorter', when: 'queue' })
  const reply = /\/jobs\/(\w{8})\?/.exec(location)?.[1] ?? ''
  await at.engine.hasten(reply, 'now', ADMIN)
  await at.engine.cancel(id, ADMIN)
  await toEnd(at.engine, id)
  const page = await at.get(`/jobs/${reply}`)
  expect(page).toMatch(new RegExp(`said into <a href="/jobs/${id}">job ${id}</a>`))
  expect(page).not.toMatch(/Retry|Resume|Said into/)
  expect(await at.get(`/jobs/${id}/attempts`)).toMatch(/cancelled<\/span><\/span> by admin/)
  expect(await at.get(`/jobs/${id}`)).toMatch(/Retry.*Resume.*shorter/s)
})

test('a job that has heard a reply and asks something is said to wait for its answer still', async () => {
  const at = await start()
  await using _ = at.world
  const id = await at.run('asks')
  await until(at.engine, id, ({ status }) => status === 'waiting')
  const { location } = await at.post(`/jobs/${id}/reply`, { text: 'be brief', when: 'now' })
  expect(await at.get(location)).toContain('Your reply is taken. The job still waits for an answer to what it asks.')
})

test('what people think of a result stands beside cost, time and success of each version', async () => {
  const at = await start()
  await using _ = at.world
  const id = await at.run('make', { topic: 'Tyres' })
  await toEnd(at.engine, id)
  const body = new URLSearchParams({ good: '0', words: 'too <long>' })
  const rated = await asking(adminOf(at.world))(`/jobs/${id}/rate`, { method: 'POST', body: body.toString() })
  expect(rated.status).toBe(303)
  const page = await at.get('/instructions')
  expect(page).toMatch(
    /make.*today&#39;s.*<td class="num">1<\/td><td class="num">100 %<\/td><td class="num">\$0\.25<\/td>/s,
  )
  expect(page).toMatch(/👎 too &lt;long&gt;/)
  expect(page).toContain('href="/run/draft"')
  expect(await at.get(`/jobs/${id}`)).toMatch(/<h2>Answer<\/h2>.*<li>👎 too &lt;long&gt; <time.*<div id="next">/s)
})
