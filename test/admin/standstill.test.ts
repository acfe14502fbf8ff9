import { expect, test } from 'vitest'
import { setPause } from '../../src/db/pause.ts'
import { adminOf, asking } from '../support/admin.ts'
import { makeVisitor } from '../support/visitor.ts'
import { ANN, makeWorld } from '../support/world.ts'

const HOUR = 3_600_000
const instructions = { run: '---\ndescription: Run\n---\nGo' }

const pause = (kind: 'usage' | 'auth', isKnown: boolean) => {
  const now = Date.now()
  return { kind, since: new Date(now), until: new Date(now + HOUR), isKnown, tries: isKnown ? 0 : 1 }
}

test('the first page says why no job starts, as the jobs do, and how to lift it', async () => {
  await using world = await makeWorld({ instructions })
  const ask = asking(adminOf(world))
  const now = async () => await (await ask('/')).text()
  expect(await now()).toMatch(/<div id="standstill"[^>]* hidden/)
  await setPause(world.db, pause('auth', false))
  await world.engine.setLimits([{ scope: 'global', name: 'costPerDay', value: 0 }], ANN)
  const html = await now()
  expect(html).not.toMatch(/<div id="standstill"[^>]* hidden/)
  expect(html).toMatch(
    /this server has no Claude account that works, which an admin must correct; trying again at .*\d\d:\d\d UTC/,
  )
  expect(html).toContain('Put a key or token that works into <code>.env</code>')
  expect(html).toMatch(/the budget of \$0\.00 a day lets no job start.*<a href="\/limits">Change the limit/s)

  expect((await ask('/pauses/auth/try', { method: 'POST' })).status).toBe(303)
  expect(await now()).not.toContain('no Claude account that works')
  expect(await (await ask('/audit')).text()).toContain('ended a pause early (auth)')
  expect((await ask('/pauses/none/try', { method: 'POST' })).status).toBe(303)
})

test('an open page says so as it begins, that it is over, and how many wait', async () => {
  await using visitor = await makeVisitor()
  const { engine } = visitor.world
  await engine.setLimits([{ scope: 'instruction:hang', name: 'concurrent', value: 0 }], ANN)
  const submit = () => engine.submit({ instruction: 'hang', inputs: {}, origin: ANN })
  await submit()
  const page = await visitor.open('/')
  await submit()
  await setPause(visitor.world.db, pause('usage', true))
  const said = page.locator('#standstill').getByText("Claude's usage limit is reached until")
  await said.waitFor({ timeout: 15_000 })
  expect(await page.locator('#queued').innerText()).toBe('Queued 2')
  await page.getByRole('button', { name: 'Try now' }).click()
  await page.waitForURL(/\/$/)
  expect(await said.count()).toBe(0)
  expect(await visitor.leave()).toEqual([])
})
