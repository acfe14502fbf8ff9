import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { pose } from '../support/pose.ts'
import { seed } from '../support/seed.ts'
import { isAtEnd, line, makeVisitor, numbers, texts, type Visitor } from '../support/visitor.ts'
import { ANN, toEnd } from '../support/world.ts'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let visitor: Visitor
beforeAll(async () => {
  visitor = await makeVisitor()
})
afterAll(() => visitor[Symbol.asyncDispose]())
afterEach(async () => {
  expect(await visitor.leave()).toEqual([])
})

/** The pages of schedules, with one in them that has run. */
async function schedulePages(): Promise<string[]> {
  const { schedules, instructions } = visitor.world.engine
  const [instruction = ''] = instructions().byName.keys()
  const { id } = await schedules.add({ instruction, inputs: {}, cron: '@yearly', timezone: 'UTC' }, ANN)
  await visitor.world.engine.cancel(await schedules.run(id, ANN), ANN)
  return ['/schedules', `/schedules/${id}`, `/schedules/new?instruction=${instruction}`]
}
/** What runs things, and what became of them. */
const OWN = ['/instructions', '/run/form', '/jobs/0ver0001/attempts']

/** Opens everything that is folded, so that all of the page is seen. */
const openFolds = async (page: Page) =>
  await page.$$eval('details', folds => {
    for (const fold of folds) fold.setAttribute('open', '')
  })

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const attack = '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2">'
const name = `a"'><img src=x onerror="window.pwned = 3"> ü.svg`

beforeAll(async () => {
  const dir = visitor.world.dir
  await writeFile(join(dir, 'brief.md'), `# Brief\n${attack}\n`)
  await writeFile(join(dir, 'cover.png'), Buffer.from(pixel, 'base64'))
  const file = { bytes: 80, sha256: 'x' }
  await seed(visitor.world.db, {
    ...{ id: '0ver0001', title: attack, status: 'succeeded', result: `Ready. ${attack}`, message: attack },
    ...{ inputs: { topic: attack }, user: attack },
    events: [
      ...texts(1000),
      { kind: 'text', text: attack },
      { kind: 'tool_use', id: 't1', tool: attack, text: attack, input: { command: attack } },
      { kind: 'tool_result', id: 't1', text: attack, isError: true },
      { kind: 'tool_use', id: 't2', text: 'editing', input: { old_string: 'a\nb', new_string: `a\n${attack}` } },
      ...(['thinking', 'error', 'stderr', 'retry', 'result'] as const).map(kind => ({ kind, text: attack })),
      { kind: 'text', text: '| a | b |\n|--|--:|\n| 1 | 2 |\n\n> quote\n\n```js\ncode\n```\n\nhttps://example.com/' },
      { kind: 'text', text: 'by a sub-agent', parent: 't1' },
      { kind: 'status', status: 'succeeded', text: 'done' },
    ],
    outputs: [
      { ...file, path: name, type: 'image/svg+xml', file: join(dir, 'brief.md') },
      { ...file, path: 'brief.md', type: 'text/markdown', file: join(dir, 'brief.md') },
      { ...file, path: 'cover.png', type: 'image/png', bytes: 70, file: join(dir, 'cover.png') },
    ],
  })
  await seed(visitor.world.db, {
    ...{ id: 'fa11ed01', status: 'failed', failure: 'auth', message: 'No credit. Add credit.' },
  })
})

test('runs nothing of what the agent wrote, in its log or in the names and contents of its files', async () => {
  for (const path of ['/jobs/0ver0001', '/jobs', '/files', '/']) {
    const page = await visitor.open(path)
    await page.getByText('<script>').first().waitFor({ state: 'attached' })
    await openFolds(page)
    expect(await page.evaluate('window.pwned ?? null')).toBeNull()
    expect(await page.locator('main img:not(.preview img)').count()).toBe(0)
  }
})

test('shows texts and images in the page, and gives every file as it is', async () => {
  const page = await visitor.open('/jobs/0ver0001')
  const item = (file: string) =>
    page.locator('.outputs li', { has: page.getByRole('link', { name: file, exact: true }) })
  await item('brief.md').getByText('Show').click()
  await item('brief.md').getByText('# Brief').waitFor()
  await item('cover.png').getByText('Show').click()
  await expect
    .poll(() =>
      item('cover.png')
        .locator('img')
        .evaluate(image => 'naturalWidth' in image && image.naturalWidth),
    )
    .toBe(1)
  expect(await item(name).getByText('Show').count()).toBe(0)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()])
  expect(await readFile(await download.path(), 'utf8')).toContain('# Brief')
  expect(download.suggestedFilename()).toMatch(/ ü\.svg$/)
  const [log] = await Promise.all([page.waitForEvent('download'), page.getByText('Save the whole log').click()])
  expect((await readFile(await log.path(), 'utf8')).trim().split('\n')).toHaveLength(1012)
})

test('brings older lines where somebody scrolls up to them, and keeps the place', async () => {
  const page = await visitor.open('/jobs/0ver0001')
  await page.mouse.move(300, 300)
  await page.mouse.wheel(0, 100_000)
  await expect.poll(() => isAtEnd(page)).toBe(true)
  expect((await numbers(page))[0]).toBe(863)
  await line(page, 'line 900').scrollIntoViewIfNeeded()
  const placeOf870 = async () => (await line(page, 'line 870').boundingBox())?.y ?? Number.NaN
  let before = await placeOf870()
  while ((await numbers(page))[0] === 863) {
    before = await placeOf870()
    await page.evaluate('scrollBy(0, -50)')
    await page.waitForTimeout(50)
  }
  expect((await numbers(page))[0]).toBe(663)
  expect(Math.abs((await placeOf870()) - before)).toBeLessThanOrEqual(50)
})

test('the keyboard searches, and moves through lists', async () => {
  const page = await visitor.open('/jobs')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const second = page.locator('.subject').nth(1)
  expect(await second.evaluate(element => element === element.ownerDocument.activeElement)).toBe(true)
  expect(await second.evaluate(element => element.matches(':focus-visible'))).toBe(true)
  await page.keyboard.press('k')
  await page.keyboard.press('/')
  await page.keyboard.type('0ver0001jk')
  expect(await page.locator('[data-search]').inputValue()).toBe('0ver0001jk')
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Enter')
  await page.waitForURL(/q=0ver0001/)
  expect(await page.locator('[data-job]').count()).toBe(1)
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/jobs\/0ver0001/)
})

test('can be read and followed without script', async () => {
  const page = await visitor.open('/jobs/0ver0001', { javaScriptEnabled: false })
  await page.getByText('862 older lines').click()
  await page.getByText('line 862', { exact: true }).waitFor()
  await page.getByText('Newest lines').click()
  await page.getByText('by a sub-agent').waitFor()
})

test('has nothing in the way of anybody, on any page, in light and in dark', async () => {
  const running = await visitor.startJob()
  const call = { tool: 'Bash', input: { command: 'ls', timeout: 1 }, text: 'running `ls`' }
  await pose(visitor, running, { id: 'q0000009', kind: 'approval', ...call })
  await visitor.world.engine.setRole('user:slack:U024', 'viewer', ANN)
  const jobs = ['/jobs/0ver0001', '/jobs/fa11ed01', `/jobs/${running}`]
  const all = ['/login', '/', '/jobs', '/files', '/people', '/audit', ...OWN, ...jobs, ...(await schedulePages())]
  const page = await visitor.open('/')
  for (const path of all) {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(new URL(path, page.url()).href)
    await openFolds(page)
    await page.evaluate(AXE)
    const inLight = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })")
    await page.emulateMedia({ colorScheme: 'dark' })
    const inDark = await page.evaluate<AxeResults>(
      "axe.run({ runOnly: ['color-contrast'], resultTypes: ['violations'] })",
    )
    const grave = [...inLight.violations, ...inDark.violations].filter(
      ({ impact }) => impact === 'serious' || impact === 'critical',
    )
    expect(grave.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`)).toEqual([])
  }
  await visitor.world.engine.cancel(running, ANN)
})

test('fits a narrow phone: nothing is wider than the screen', async () => {
  const jobs = ['/jobs', '/jobs/0ver0001', '/jobs/fa11ed01']
  const page = await visitor.open('/', { viewport: { width: 360, height: 740 } })
  for (const path of ['/', ...jobs, '/files', '/people', '/audit', ...OWN, ...(await schedulePages())]) {
    await page.goto(new URL(path, page.url()).href)
    await openFolds(page)
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth'), path).toBeLessThanOrEqual(
      0,
    )
    const heads = await page.locator('.versions th').evaluateAll(cells => cells.map(cell => cell.clientHeight))
    expect(Math.max(0, ...heads), `${path}: no word is broken up`).toBeLessThan(50)
  }
})

test('a list has all of why a job waits, and until when', async () => {
  const { engine } = visitor.world
  const limit = { scope: 'instruction:hang', name: 'perDay' } as const
  const running = await visitor.startJob()
  await engine.setLimits([{ ...limit, value: 1 }], ANN)
  const { id } = await engine.submit({ instruction: 'hang', inputs: {}, origin: ANN })
  await expect.poll(async () => (await engine.job(id))?.reason, { timeout: 3000 }).toContain('is used up until')
  for (const width of [1280, 1000]) {
    const page = await visitor.open('/jobs', { viewport: { width, height: 740 } })
    const note = page.locator(`[data-job="${id}"] .note`)
    expect(await note.innerText()).toMatch(/is used up until .*goes on by itself$/)
    expect(await note.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
  }
  await engine.setLimits([{ ...limit, value: null }], ANN)
  for (const job of [running, id]) await engine.cancel(job, ANN)
})

test('an open page shows the jobs of its conversation as they are when its own ends', async () => {
  const { engine } = visitor.world
  const id = await visitor.startJob()
  const page = await visitor.open(`/jobs/${id}`)
  const { job } = await engine.followUp(id, { text: 'and then this', files: [], when: 'queue' }, ANN)
  await engine.cancel(id, ANN)
  await toEnd(engine, job.id)
  await page.locator('#exchange').getByText('and then this').waitFor()
  expect(await page.locator('#exchange [aria-current]').innerText()).toContain('cancelled')
})

test('a form says at its fields what does not fit, and keeps what was filled in, files too', async () => {
  const page = await visitor.open('/run/form')
  await page.getByLabel('topic').fill('Tyres')
  await page.getByLabel('words').fill('8')
  await page
    .getByLabel('notes', { exact: true })
    .setInputFiles({ name: 'a.md', mimeType: 'text/markdown', buffer: Buffer.from('x') })
  await page.evaluate("document.getElementById('input.words').max = ''") // as a browser that checks nothing
  await page.getByLabel('words').fill('99')
  await page.getByRole('button', { name: 'Run' }).click()
  await page.getByText('words must be a whole number').waitFor()
  expect(await page.getByLabel('words').evaluate(field => field === field.ownerDocument.activeElement)).toBe(true)
  await page.getByLabel('words').fill('9')
  await page.getByRole('button', { name: 'Run' }).click()
  await page.waitForURL(/\/jobs\/\w{8}$/)
  const { jobs } = await visitor.world.engine.jobs({ instruction: 'form', limit: 1 })
  expect(jobs[0]?.inputs).toMatchObject({ topic: 'Tyres', words: 9, notes: [{ name: 'a.md', bytes: 1 }] })
  expect((await visitor.leave()).filter(complaint => !complaint.includes('422'))).toEqual([])
})
