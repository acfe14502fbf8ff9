import { appendEvents, type NewEvent } from '../src/db/event.ts'
import { adminOf, listening, TOKEN } from '../test/support/admin.ts'
import { startBrowser } from '../test/support/browser.ts'
import { seed } from '../test/support/seed.ts'
import { makeWorld } from '../test/support/world.ts'
import type { CeilingFigure } from './figure.ts'

const LINES = 100_000
const JOB = '0ver0001'
const AT = '2026-11-21T10:00:00.000Z'

/** From the click to the loaded page of a job with a long log, in the browser. */
export const jobPage: CeilingFigure = {
  kind: 'ceiling',
  name: 'job page with 100 k lines, until it is loaded and drawn',
  unit: 'ms',
  atMost: 300,
  round: async () => {
    const { ms, again, kilobytes } = await visit()
    return { ours: ms, notes: { 'at the second visit': again, 'kB received': kilobytes } }
  },
}

/** What the browser receives for that page with an empty cache, styles and scripts included. */
export const jobPageWeight: CeilingFigure = {
  kind: 'ceiling',
  name: 'job page with 100 k lines, weight as compressed',
  unit: 'kB',
  atMost: 60,
  round: async () => ({ ours: (await visit()).kilobytes }),
}

/** Both are read in the page: the time at which it was loaded and first drawn, and the bytes of every answer's body. */
const LOADED = `(async () => {
  let drawn
  while (!(drawn = performance.getEntriesByName('first-contentful-paint')[0]))
    await new Promise(requestAnimationFrame)
  const [page] = performance.getEntriesByType('navigation')
  const answers = [page, ...performance.getEntriesByType('resource')]
  const bytes = answers.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  return { ms: Math.max(page.loadEventEnd, drawn.startTime), kilobytes: bytes / 1000 }
})()`
type Loaded = { ms: number; kilobytes: number }

async function visit(): Promise<Loaded & { again: number }> {
  await using world = await makeWorld({ instructions: {} })
  await seed(world.db, { id: JOB, status: 'succeeded', result: 'Ready.' })
  for (let from = 0; from < LINES; from += 10_000) await appendEvents(world.db, JOB, 1, linesFrom(from))
  const server = await listening(adminOf(world))
  const browser = await startBrowser()
  try {
    const page = await browser.newPage()
    await page.goto(`${server.url}/login`)
    await page.fill('#token', TOKEN)
    await page.click('button')
    await page.waitForURL(`${server.url}/`)
    await (await page.context().newCDPSession(page)).send('Network.clearBrowserCache')
    const load = async () => {
      await page.goto(`${server.url}/jobs/${JOB}`)
      return await page.evaluate<Loaded>(LOADED)
    }
    const first = await load()
    return { ...first, again: (await load()).ms }
  } finally {
    await browser.close()
    await server.stop()
  }
}

/** Lines as agents write them: a text, a tool call, its result. */
const linesFrom = (from: number): NewEvent[] =>
  Array.from({ length: 10_000 }, (_, i): NewEvent => {
    const n = from + i
    if (n % 3 === 0)
      return { kind: 'text', at: AT, text: `Chapter ${n} says **more** than the one before; I read \`${n}.md\`.` }
    const id = `tool${n - (n % 3)}`
    if (n % 3 === 1)
      return { kind: 'tool_use', at: AT, id, tool: 'Read', text: `reading ${n}.md`, input: { file_path: `${n}.md` } }
    return { kind: 'tool_result', at: AT, id, text: `1→# Chapter ${n}\n2→\n3→${'words of it '.repeat(30)}` }
  })
