import { expect, test } from 'vitest'
import { setLimit } from '../../../src/db/limit.ts'
import { adminOf, asking, posting } from '../../support/admin.ts'
import { ANN, makeWorld } from '../../support/world.ts'

const instructions = { run: '---\ndescription: Run\n---\nGo' }
const putting = (body: unknown): RequestInit => ({ ...posting(body), method: 'PUT' })

test('limits are read, changed with a check, and show what is used', async () => {
  await using world = await makeWorld({ instructions, slots: 2 })
  const ask = asking(adminOf(world))
  const limits = async () => (await (await ask('/api/limits')).json()) as { scope: string; name: string }[]
  expect((await limits()).find(({ name }) => name === 'concurrent')).toEqual({
    ...{ scope: 'global', name: 'concurrent', value: 2, default: 2, used: 0 },
  })
  const change = [{ scope: ANN.actor, name: 'perDay', value: 0 }]
  expect(await (await ask('/api/limits', putting(change))).json()).toContainEqual({
    ...{ scope: ANN.actor, name: 'perDay', value: 0, default: null, used: 0 },
    resetsAt: expect.stringMatching(/T00:00:00.000Z$/),
  })
  const wrong = await ask('/api/limits', putting([{ scope: 'global', name: 'concurrent', value: -1 }]))
  expect([wrong.status, await wrong.json()]).toMatchObject([422, { errors: [{ field: '0.value' }] }])

  const { id } = await world.engine.submit({ instruction: 'run', inputs: {}, origin: ANN })
  const reason = "ann's own limit of 0 jobs a day lets no job start"
  expect(await (await ask(`/api/jobs/${id}`)).json()).toMatchObject({
    position: null,
    reason,
    estimateSeconds: null,
  })
})

test('a limit of an instruction that is gone is marked on the page, and taken away there and over the API', async () => {
  await using world = await makeWorld({ instructions, slots: 2 })
  const ask = asking(adminOf(world))
  for (const name of ['perDay', 'perHour'])
    await setLimit(world.db, { scope: 'instruction:gone', name, value: 1 }, { changed_by: '-', changed_at: '-' })
  expect(await (await ask('/limits')).text()).toContain('there is no such instruction now')
  const row = { scope: 'instruction:gone', name: 'perDay' }
  const refused = await ask('/api/limits', putting([{ ...row, value: 2 }]))
  expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ field: '0.scope' }] }])
  expect((await ask('/api/limits', putting([{ ...row, value: null }]))).status).toBe(200)
  const form = new URLSearchParams({ scope: 'instruction:gone', name: 'perHour', value: '' })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  expect((await ask('/limits', { method: 'POST', headers, body: form })).status).toBe(303)
  expect(await (await ask('/limits')).text()).not.toContain('instruction:gone')
})

test('the page shows every limit, changes one, and says what does not fit', async () => {
  await using world = await makeWorld({ instructions, slots: 2 })
  const ask = asking(adminOf(world))
  const page = await (await ask('/limits')).text()
  for (const word of ['jobs at once', 'cost a day', 'logBytes']) expect(page).toContain(word)
  const set = (value: string) =>
    ask('/limits', {
      ...{ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      body: new URLSearchParams({ scope: 'instruction:run', name: 'costPerDay', value }),
    })
  const done = await set('$2.50')
  expect(done.status).toBe(303)
  const changed = await (await ask(done.headers.get('location') ?? '')).text()
  expect(changed).toContain('value="2.5"')
  expect(changed).toContain('From now on for instruction:run: $2.50 a day.')
  for (const [value, why] of [
    ['-1', 'costPerDay must be a number from 0'],
    ['much', 'I cannot read “much” as a number.'],
    ['2,50', 'I cannot read “2,50” as a number. Write it like 1,000 or 2.50.'], // and is not 250
    ['$', 'I cannot read “$” as a number.'],
  ] as const) {
    const wrong = await set(value)
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining(why)])
  }
  expect((await set('.50')).status).toBe(303)
  expect((await set('1,000')).status).toBe(303)
  expect(await (await ask('/limits')).text()).toContain('value="1000"')
  const away = (await set('')).headers.get('location') ?? ''
  expect(await (await ask(away)).text()).toContain('That limit is taken away.')
  expect(await world.engine.limits()).not.toContainEqual(expect.objectContaining({ scope: 'instruction:run' }))
  const audit = await (await ask('/audit')).text()
  expect(audit).toContain('changed the limit instruction:run:costPerDay from none to 2.5')
  expect(audit).toContain('changed the limit instruction:run:costPerDay from 0.5 to 1000')
})

test('what was refused stands in its form to be corrected', async () => {
  await using world = await makeWorld({ instructions, slots: 2 })
  const ask = asking(adminOf(world))
  const set = async (form: Record<string, string>) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return await (await ask('/limits', { method: 'POST', headers, body: new URLSearchParams(form) })).text()
  }
  const one = await set({ scope: 'instruction:run', name: 'costPerDay', value: 'much' })
  expect(one).toMatch(/title="instruction:brief[^>]*value="instruction:run"/)
  expect(one).toMatch(/<option value="costPerDay" selected/)
  expect(one).toContain('value="much"')
  const own = await set({ scope: 'global', name: 'perDay', value: '2,50' })
  expect(own).toMatch(/value="perDay"\/><input[^>]*value="2,50"/)
  expect(own.match(/2,50"/g)).toHaveLength(1) // and not in the form for another one
})

test('a limit that is full is marked, one that has room is not', async () => {
  await using world = await makeWorld({ instructions, slots: 2 })
  const page = async () => await (await asking(adminOf(world))('/limits')).text()
  const full = '<span class="word">full</span>'
  await world.engine.setLimits([{ scope: 'global', name: 'perDay', value: 1 }], ANN)
  expect(await page()).not.toContain(full)
  await world.engine.setLimits([{ scope: 'global', name: 'perDay', value: 0 }], ANN)
  expect((await page()).split(full)).toHaveLength(2)
})
