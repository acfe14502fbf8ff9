import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageRoutes } from '../../../src/admin/pages/pages.ts'
import { systemClock } from '../../../src/clock.ts'
import type { EventBody } from '../../../src/job.ts'
import { seed } from '../../support/seed.ts'
import { ANN, makeWorld, until, type World } from '../../support/world.ts'

const FIXTURE = fileURLToPath(new URL('../../fixtures/claude-fixture.mjs', import.meta.url))
const HANG = `---
description: Hang
inputs:
  topic: { type: text }
---
DO ${JSON.stringify([
  ['say', 'hello'],
  ['hang', 0],
])}`

let world: World
beforeAll(async () => {
  world = await makeWorld({ instructions: { hang: HANG }, bin: FIXTURE, slots: 1 })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Asks for a page as a person who is logged in gets it. */
const ask = async (path: string, options: { method?: string; base?: string } = {}) => {
  const { engine, db } = world
  const routes = pageRoutes({ engine, db, clock: systemClock, base: options.base ?? '' })
  const response = await routes.request(path, { method: options.method ?? 'GET' })
  return { status: response.status, headers: response.headers, html: await response.text() }
}

const submit = async (topic: string) =>
  await world.engine.submit({ instruction: 'hang', inputs: { topic }, origin: ANN })

const FILE = { bytes: 61, sha256: 'x', file: '/nowhere' }
const texts = (n: number): EventBody[] => Array.from({ length: n }, (_, i) => ({ kind: 'text', text: `line ${i + 1}` }))

/** The ids of the jobs of a list, in its order. */
const rows = (html: string) => [...html.matchAll(/data-job="(\w+)"/g)].map(([, id]) => id)

describe('with no job', () => {
  test('every page says what to do', async () => {
    expect((await ask('/')).html).toContain('No job has run yet. Ask for one in the chat')
    expect((await ask('/')).html).toContain('<code>hang</code>')
    expect((await ask('/jobs')).html).toContain('No job has run yet.')
    expect((await ask('/jobs?q=tyres')).html).toContain('No job fits. Change the filters')
    expect((await ask('/files')).html).toContain('No job has made a file yet.')
  })

  test('an id that there is not gets a page that says so', async () => {
    for (const path of ['/jobs/00000000', '/jobs/00000000/head', '/jobs/%00/lines']) {
      const { status, html } = await ask(path)
      expect(status).toBe(404)
      expect(html).toContain('No job has this id.')
    }
    expect((await ask('/jobs/00000000/cancel', { method: 'POST' })).status).toBe(404)
  })
})

describe('with jobs', () => {
  beforeAll(async () => {
    await seed(world.db, {
      id: 'd0ne0001',
      title: 'Winter <b>tyres',
      status: 'succeeded',
      costUsd: 0.31,
      result: '**Ready**',
    })
    await seed(world.db, {
      ...{ id: 'fa11ed01', title: 'Rims', user: 'ben', status: 'failed', at: '2026-11-21T11:00:00.000Z' },
      ...{ failure: 'auth', message: 'The account is out of credit.', instruction: 'draft' },
    })
    await seed(world.db, {
      ...{ id: 'd0ne0002', title: 'Files', status: 'succeeded', at: '2026-11-21T12:00:00.000Z', events: texts(400) },
      outputs: [
        { ...FILE, path: 'a"\'><script>alert(1)</script>\n\u202egpj.svg', type: 'image/svg+xml' },
        { ...FILE, path: 'img/cover 1.png', type: 'image/png' },
        { ...FILE, path: 'notes.md', type: 'text/markdown' },
        { ...FILE, path: 'page.html', type: 'text/html' },
        { ...FILE, path: 'report.pdf', type: 'application/pdf' },
      ],
    })
  })

  test('the list is newest first, with mark, title as text, and what it came to', async () => {
    const { html, headers } = await ask('/jobs')
    expect(rows(html)).toEqual(['d0ne0002', 'fa11ed01', 'd0ne0001'])
    expect(html).toContain('Winter &lt;b&gt;tyres')
    expect(html).toContain('$0.31')
    expect(html).toContain('The account is out of credit.')
    expect(headers.get('cache-control')).toBe('private, no-cache')
  })

  test('the filters stand in the address', async () => {
    expect(rows((await ask('/jobs?status=failed')).html)).toEqual(['fa11ed01'])
    expect(rows((await ask('/jobs?instruction=draft')).html)).toEqual(['fa11ed01'])
    expect(rows((await ask('/jobs?user=ben')).html)).toEqual(['fa11ed01'])
    expect(rows((await ask('/jobs?q=TYRES&status=&instruction=&user=')).html)).toEqual(['d0ne0001'])
    expect((await ask('/jobs?q=%22%3E%3Cb%3E')).html).toContain('value="&quot;&gt;&lt;b&gt;"')
  })

  test('an address that no page takes says what is wrong with it', async () => {
    const wrong = await ask('/jobs?status=lost')
    expect(wrong.status).toBe(400)
    expect(wrong.html).toContain('The status must be one of queued, running')
    expect((await ask('/jobs?cursor=x')).html).toContain('cursor must be the nextCursor of the page before.')
    expect((await ask('/files?cursor=x')).status).toBe(400)
  })

  test('a failed job says what happened and what that means', async () => {
    const { html } = await ask('/jobs/fa11ed01')
    expect(html).toContain('What happened')
    expect(html).toContain('Only the people who run this server can change that')
    expect(html).not.toContain('Cancel')
  })

  test('a job page brings the end of its log, and the way to older lines', async () => {
    const { html } = await ask('/jobs/d0ne0002')
    expect(html).toContain('line 400')
    expect(html).toContain('<p>line 251</p>')
    expect(html).not.toContain('<p>line 250</p>')
    expect(html).toContain('250 older lines')
    const older = await ask('/jobs/d0ne0002/lines?before=251&limit=100')
    expect(older.html).toMatch(/^<div class="chunk" data-first="151" data-last="250">/)
    const without = await ask('/jobs/d0ne0002?before=251') // the same by a link, without the script
    expect(without.html).toContain('Newest lines')
    expect(without.html).toContain('<p>line 250</p>')
    expect(without.html).not.toContain('<p>line 251</p>')
  })

  test('only what a browser neither runs nor draws by itself is shown, the rest is for saving', async () => {
    const { html } = await ask('/jobs/d0ne0002')
    expect(html).toContain('<img src="/api/jobs/d0ne0002/outputs/img/cover%201.png"')
    expect([...html.matchAll(/data-text="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      '/api/jobs/d0ne0002/outputs/notes.md',
    ])
    expect(html.match(/<img/g)).toHaveLength(1)
    for (const name of ['page.html', 'report.pdf']) expect(html).toContain(`outputs/${name}" download`)
  })

  test("a file's name is text, whatever it holds", async () => {
    for (const path of ['/jobs/d0ne0002', '/files']) {
      const { html } = await ask(path)
      expect(html).toContain('a&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt; gpj.svg')
      expect(html).not.toMatch(/<script(?! type="module" src="\/assets\/[\w]+\/\w+\.js")/)
    }
  })

  test('files are found by their name', async () => {
    expect((await ask('/files?q=cover')).html).toContain('cover 1.png')
    expect((await ask('/files?q=nothing-like-it')).html).toContain('No file fits.')
  })

  test('every address begins with the prefix', async () => {
    for (const path of ['/', '/jobs', '/files', '/jobs/d0ne0002', '/jobs/fa11ed01/head']) {
      const { html } = await ask(path, { base: '/errand' })
      const addresses = [...html.matchAll(/(?:href|src|action|data-(?:text|head|lines|stream))="([^"]*)"/g)]
      const ours = addresses.map(([, address]) => address).filter(address => address !== '#main')
      expect(ours.filter(address => !address?.startsWith('/errand/'))).toEqual([])
    }
  })

  test('no page has a script or style of its own', async () => {
    for (const path of ['/', '/jobs', '/files', '/jobs/d0ne0002', '/jobs/fa11ed01'])
      expect((await ask(path)).html).not.toMatch(/ style=|<style| on\w+=|javascript:/)
  })
})

describe('with a running job', () => {
  test('it is on top, with what it does; the next one waits with its place and reason', async () => {
    const running = await submit('Snow chains')
    await until(world.engine, running.id, ({ kind }) => kind === 'text')
    const queued = await submit('Studs')
    for (const path of ['/', '/jobs']) {
      const { html } = await ask(path)
      expect(rows(html).slice(0, 2).sort()).toEqual([running.id, queued.id].sort())
      expect(html).toContain('1st: the only slot is busy')
      expect(html).toMatch(/data-since="2/)
    }
    const { html } = await ask(`/jobs/${running.id}`)
    expect(html).toContain(`data-stream="/api/jobs/${running.id}/logs?format=html"`)
    expect(html).toContain('<p>hello</p>')
    expect(html).toContain('<select name="when"')
  })

  test('a cancel ends it, and a second one says that there is nothing to cancel', async () => {
    const job = await submit('Rims')
    const first = await ask(`/jobs/${job.id}/cancel`, { method: 'POST', base: '/errand' })
    expect(first.status).toBe(303)
    expect(first.headers.get('location')).toBe(`/errand/jobs/${job.id}?asked=cancel`)
    expect((await ask(`/jobs/${job.id}`)).html).toContain('cancelled by admin')
    const second = await ask(`/jobs/${job.id}/cancel`, { method: 'POST' })
    expect(second.status).toBe(409)
    expect(second.html).toContain(`Job ${job.id} has ended already (cancelled); nothing was changed.`)
  })
})

test('more jobs than a page holds are reached page by page, each once', async () => {
  for (let i = 0; i < 120; i += 1)
    await seed(world.db, {
      ...{ id: `n${String(i).padStart(7, '0')}`, status: 'succeeded', user: 'many' },
      at: new Date(Date.UTC(2026, 9, 1, 0, i)).toISOString(),
    })
  const seen: (string | undefined)[] = []
  let path: string | undefined = '/jobs?user=user:test:many'
  while (path !== undefined) {
    const { html } = await ask(path)
    seen.push(...rows(html))
    path = /href="(\/jobs\?[^"]*cursor=[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toHaveLength(120)
  expect(new Set(seen).size).toBe(120)
  expect(seen[0]).toBe('n0000119')
})

test('what is queued beyond the room of a list is one link away', async () => {
  for (let i = 0; i < 110; i += 1) await submit(`Waiting ${i}`)
  for (const path of ['/', '/jobs']) expect((await ask(path)).html).toContain('href="/jobs?status=queued"')
  expect(rows((await ask('/jobs?status=queued')).html)).toHaveLength(50)
  const now = (await ask('/')).html
  expect(now).toMatch(/Queued <span class="muted">1\d\d</)
  expect(rows(/id="queued".*?<\/section>/s.exec(now)?.[0] ?? '')).toHaveLength(10)
  expect(now).toMatch(/Waiting 3<.*Waiting 4<.*Waiting 5</s) // those that start first, not the newest
})
