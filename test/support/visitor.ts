import { fileURLToPath } from 'node:url'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { listen } from '../../src/admin/server.ts'
import { appendEvents } from '../../src/db/event.ts'
import type { EventBody } from '../../src/job.ts'
import { adminOf, TOKEN } from './admin.ts'
import { startBrowser } from './browser.ts'
import { ANN, makeWorld, until, type World } from './world.ts'

const FIXTURE = fileURLToPath(new URL('../fixtures/claude-fixture.mjs', import.meta.url))
const STEPS = [
  ['say', 'hello'],
  ['hang', 0],
]
const HANG = `---\ndescription: Hang\n---\nDO ${JSON.stringify(STEPS)}`

const FORM = `---\ndescription: Fill in\ninputs:\n  topic: { type: text, required: true }\n  words: { type: integer, max: 9 }\n  notes: { type: file }\n---\nDO [["result","done"]]`

/** A person with a real browser at a real server, logged in. */
export type Visitor = {
  world: World
  /** Opens a page in a window of its own, which `leave` closes. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>
  /** Closes the windows; gives what the browser complained of in them: errors, dialogs, what the policy forbade. */
  leave(): Promise<string[]>
  /** Stops the server, does the work, and starts another one at the same address. */
  whileAway(work: () => Promise<void>): Promise<void>
  /** Starts a job that says "hello" and runs until it is cancelled. */
  startJob(): Promise<string>
  /** Lets a running job say more. */
  say(id: string, ...bodies: EventBody[]): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function makeVisitor(): Promise<Visitor> {
  const world = await makeWorld({ instructions: { hang: HANG, form: FORM }, bin: FIXTURE, slots: 4 })
  const start = (port: number) => listen(adminOf(world), { host: '127.0.0.1', port })
  let server = await start(0)
  const browser = await startBrowser()
  const storageState = await logIn(await browser.newContext(), server.url)
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  return {
    world,
    open: async (path, options = {}) => {
      const context = await browser.newContext({ storageState, ...options })
      contexts.push(context)
      const page = await context.newPage()
      page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', error => complaints.push(error.message))
      page.on('dialog', dialog => {
        complaints.push(`a dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      await page.goto(`${server.url}${path}`)
      return page
    },
    leave: async () => {
      for (const context of contexts.splice(0)) await context.close()
      return complaints.splice(0)
    },
    whileAway: async work => {
      const port = Number(new URL(server.url).port)
      await server.stop()
      await work()
      server = await start(port)
    },
    startJob: async () => {
      const { id } = await world.engine.submit({ instruction: 'hang', inputs: {}, origin: ANN })
      await until(world.engine, id, ({ kind }) => kind === 'text')
      return id
    },
    say: async (id, ...bodies) => {
      const at = new Date().toISOString()
      await appendEvents(
        world.db,
        id,
        1,
        bodies.map(body => ({ ...body, at })),
      )
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await server.stop()
      await world[Symbol.asyncDispose]()
    },
  }
}

/** As a person logs in: sent to the login page, and back to where they wanted to go. */
async function logIn(context: BrowserContext, url: string) {
  const page = await context.newPage()
  await page.goto(`${url}/jobs`)
  expect(page.url()).toBe(`${url}/login?next=%2Fjobs`)
  await page.getByLabel('Admin token').fill(TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.waitForURL(`${url}/jobs`)
  const state = await context.storageState()
  await context.close()
  return state
}

/** Texts of the agent: `line 1`, `line 2`, … */
export const texts = (n: number, word = 'line'): EventBody[] =>
  Array.from({ length: n }, (_, i) => ({ kind: 'text', text: `${word} ${i + 1}` }))

/** A text of the log as the page shows it. */
export const line = (page: Page, text: string) => page.locator('#lines').getByText(text, { exact: true })

/** The numbers of the lines that the page has, in its order. */
export const numbers = async (page: Page) =>
  await page.$$eval('#lines [data-seq]', lines => lines.map(element => Number(element.getAttribute('data-seq'))))

export const scrollY = async (page: Page) => await page.evaluate<number>('scrollY')

/** True when the end of the log is in view, or as good as that. */
export const isAtEnd = async (page: Page) =>
  await page.evaluate<boolean>("document.querySelector('#end').getBoundingClientRect().top <= innerHeight + 48")
