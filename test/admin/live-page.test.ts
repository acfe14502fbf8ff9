import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { pose } from '../support/pose.ts'
import { isAtEnd, line, makeVisitor, numbers, scrollY, texts, type Visitor } from '../support/visitor.ts'
import { ANN } from '../support/world.ts'

let visitor: Visitor
beforeAll(async () => {
  visitor = await makeVisitor()
})
afterAll(() => visitor[Symbol.asyncDispose]())
afterEach(async () => {
  expect(await visitor.leave()).toEqual([])
})

const LONG = 'a line that takes more room than one would think before one has seen it '.repeat(9)
/** Lines are laid out as they come into view, frame by frame. */
const TWO_FRAMES = 'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))'

/** Turns the wheel up and waits until the page has come to rest. */
async function scrollUp(page: Page, pixels: number): Promise<void> {
  const from = await scrollY(page)
  await page.mouse.move(300, 300)
  await page.mouse.wheel(0, -pixels)
  await expect.poll(() => scrollY(page)).toBe(Math.max(0, from - pixels))
}

const QUESTION = {
  id: 'q0000001',
  kind: 'question',
  tool: 'AskUserQuestion',
  text: 'Which colour?',
  input: { questions: [{ question: 'Which colour?', options: [{ label: 'Red' }, { label: 'Blue' }] }] },
} as const
const APPROVAL = {
  id: 'q0000002',
  kind: 'approval',
  tool: 'Bash',
  text: 'running `ls`',
  input: { command: 'ls' },
} as const

describe('a job that asks', () => {
  test('asks in the open page, leaves alone what somebody writes, and says who was faster', async () => {
    const id = await visitor.startJob()
    const page = await visitor.open(`/jobs/${id}`)
    await pose(visitor, id, QUESTION)
    const words = page.getByPlaceholder('Another answer')
    await words.pressSequentially('Green. Or')
    await page.evaluate("document.dispatchEvent(new Event('scroll'))") // the end of so short a log is in view
    await pose(visitor, id, APPROVAL)
    await page.getByText('May I run this command?').waitFor()
    expect(await words.inputValue()).toBe('Green. Or')
    expect(await words.evaluate(input => input === input.ownerDocument.activeElement)).toBe(true)
    expect(await page.isChecked('#follow')).toBe(false)

    await visitor.world.engine.answer(QUESTION.id, { answers: { 'Which colour?': 'Blue' } }, ANN)
    await page.locator('#notice', { hasText: 'ann answered: Blue.' }).waitFor()
    expect(await words.count()).toBe(0)
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Your answer is taken').waitFor()
    await page.locator('#card', { hasText: 'running' }).waitFor()
    expect(await page.locator('.ask').count()).toBe(0)
    await visitor.world.engine.cancel(id, ANN)
  })

  test('takes an answer from a browser without script, at its narrowest', async () => {
    const id = await visitor.startJob()
    await pose(visitor, id, { ...QUESTION, id: 'q0000003' })
    const page = await visitor.open(`/jobs/${id}`, { javaScriptEnabled: false, viewport: { width: 360, height: 700 } })
    await page.getByLabel('Blue').check()
    await page.getByRole('button', { name: 'Answer' }).click()
    await page.getByText('Your answer is taken').waitFor()
    expect(await visitor.world.engine.question('q0000003')).toMatchObject({
      said: { answers: { 'Which colour?': 'Blue' } },
    })
    await visitor.world.engine.cancel(id, ANN)
  })
})

describe('a running job', () => {
  test('grows while it is watched, and its tools hold what came of them', async () => {
    const id = await visitor.startJob()
    const page = await visitor.open(`/jobs/${id}`)
    await line(page, 'hello').waitFor()
    await visitor.say(id, { kind: 'tool_use', id: 't1', tool: 'Read', text: 'reading notes.md', input: {} })
    await page.getByText('reading notes.md').first().waitFor()
    await page.locator('#step', { hasText: 'reading notes.md' }).waitFor()
    await visitor.say(id, { kind: 'tool_result', id: 't1', text: 'what it holds', isError: true }, ...texts(1, 'later'))
    await line(page, 'later 1').waitFor()
    const call = page.locator('details[data-call=t1]')
    expect(await page.locator('[data-for]').count()).toBe(0)
    expect(await call.locator('.mark').textContent()).toBe('✗ failed')
    await call.locator('summary').click()
    expect(await call.getByText('what it holds').isVisible()).toBe(true)
    await visitor.world.engine.cancel(id, ANN)
    await page.locator('#card', { hasText: 'cancelled by ann after' }).waitFor()
    expect(await page.locator('#follow').count()).toBe(0)
  })

  test('is followed to its end while that is in view, and moves nothing for who reads above', async () => {
    const id = await visitor.startJob()
    await visitor.say(id, ...texts(149, LONG))
    const page = await visitor.open(`/jobs/${id}`)
    await page.evaluate(TWO_FRAMES)
    expect(await isAtEnd(page)).toBe(true)
    await visitor.say(id, ...texts(30, 'more'))
    await line(page, 'more 30').waitFor()
    expect(await isAtEnd(page)).toBe(true)

    await scrollUp(page, 600)
    expect(await page.isChecked('#follow')).toBe(false)
    const before = await scrollY(page)
    await visitor.say(id, ...texts(3, 'unseen'))
    await page.getByRole('button', { name: '3 new' }).waitFor()
    expect(await scrollY(page)).toBe(before)

    await page.keyboard.press('.')
    expect(await isAtEnd(page)).toBe(true)
    expect(await page.isChecked('#follow')).toBe(true)
    expect(await page.locator('#unseen').isVisible()).toBe(false)
    await visitor.world.engine.cancel(id, ANN)
  })

  test('is followed when its lines take more room all at once', async () => {
    const id = await visitor.startJob()
    await visitor.say(id, ...texts(149, LONG))
    const page = await visitor.open(`/jobs/${id}`)
    expect(await isAtEnd(page)).toBe(true)
    // Some browsers keep no place by themselves.
    await page.evaluate("document.documentElement.style.overflowAnchor = 'none'")
    await page.setViewportSize({ width: 400, height: 700 })
    await page.evaluate(TWO_FRAMES)
    expect(await isAtEnd(page)).toBe(true)
    await visitor.world.engine.cancel(id, ANN)
  })

  test('goes on where it was after the connection broke, each line once', async () => {
    const id = await visitor.startJob()
    const page = await visitor.open(`/jobs/${id}`)
    await visitor.say(id, ...texts(5, 'before'))
    await line(page, 'before 5').waitFor()
    await visitor.whileAway(async () => {
      await page.getByText('The connection was lost; trying again…').waitFor()
      await visitor.say(id, ...texts(5, 'meanwhile'))
    })
    await line(page, 'meanwhile 5').waitFor()
    await visitor.say(id, ...texts(1, 'after'))
    await line(page, 'after 1').waitFor()
    const seen = await numbers(page)
    expect(seen).toEqual(seen.map((_, i) => i + 1))
    await visitor.world.engine.cancel(id, ANN)
    await visitor.leave() // what the browser says of the broken connection is no fault
  })

  test('is cancelled after it was asked once', async () => {
    const id = await visitor.startJob()
    const page = await visitor.open(`/jobs/${id}`)
    await page.getByText('Cancel…').click()
    await page.getByText('This stops the job for good.').waitFor()
    await page.getByRole('button', { name: 'Cancel the job' }).click()
    await page.locator('#card', { hasText: 'cancelled by admin' }).waitFor()
    expect((await visitor.world.engine.job(id))?.status).toBe('cancelled')
  })

  test('keeps a bounded number of lines, and finds its way back to the end', async () => {
    const id = await visitor.startJob()
    const page = await visitor.open(`/jobs/${id}`)
    for (let i = 0; i < 5; i += 1) await visitor.say(id, ...texts(500, `part ${i}`))
    await line(page, 'part 4 500').waitFor()
    const kept = await numbers(page)
    expect(kept.length).toBeLessThanOrEqual(2000)
    expect(kept.at(-1)).toBe(2503)
    expect(await page.locator('#older').textContent()).toContain(
      `${kept[0] === undefined ? 0 : kept[0] - 1}`.replace(/(\d)(\d{3})$/, '$1,$2'),
    )
    for (let i = 0; i < 8; i += 1) {
      const first = (await numbers(page))[0] ?? 0
      if (first === 1) break
      await page.locator('#older a').click()
      await expect.poll(async () => (await numbers(page))[0]).toBeLessThan(first)
    }
    expect((await numbers(page))[0]).toBe(1)
    expect((await numbers(page)).length).toBeLessThanOrEqual(2000)
    await visitor.say(id, ...texts(2, 'last'))
    await page.getByRole('button', { name: 'new' }).click()
    await line(page, 'last 2').waitFor()
    await visitor.say(id, ...texts(1, 'very last'))
    await line(page, 'very last 1').waitFor()
    const shown = await numbers(page)
    expect(shown).toEqual(shown.map((_, i) => (shown[0] ?? 0) + i))
    await visitor.world.engine.cancel(id, ANN)
  })
})

test('a list changes in place, and what is new waits until it is asked for', async () => {
  const first = await visitor.startJob()
  const page = await visitor.open('/')
  await page.locator(`[data-job="${first}"]`).getByText('running').waitFor()
  await visitor.world.engine.cancel(first, ANN)
  const second = await visitor.startJob()
  await page.locator(`[data-job="${first}"]`).getByText('cancelled by ann').waitFor()
  expect(await page.locator(`[data-job="${second}"]`).count()).toBe(0)
  await page.getByRole('button', { name: '1 new job' }).click()
  await page.locator(`[data-job="${second}"]`).waitFor()
  await visitor.world.engine.cancel(second, ANN)
})
