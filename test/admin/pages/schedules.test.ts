import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ADMIN } from '../../../src/admin/admin.ts'
import { adminOf, asking } from '../../support/admin.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, makeWorld, toEnd } from '../../support/world.ts'

const BRIEF = `---
description: Write a brief
inputs:
  topic: { type: text, required: true }
  tone: { type: choice, options: [plain, formal] }
  sources: { type: file }
---
DO [["result","done"]]`

async function start() {
  const world = await makeWorld({ instructions: { brief: BRIEF }, bin: resolve('test/fixtures/claude-fixture.mjs') })
  const ask = asking(adminOf(world))
  const read = async (path: string): Promise<[number, string]> => {
    const response = await ask(path)
    return [response.status, await response.text()]
  }
  const send = async (path: string, fields: Record<string, string> = {}) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await ask(path, { method: 'POST', body: String(new URLSearchParams(fields)), headers })
    return { status: response.status, to: response.headers.get('location') ?? '', html: await response.text() }
  }
  return { world, read, send }
}

const DAILY = { instruction: 'brief', when: '0 9 * * 1-5', timezone: 'Europe/Berlin', 'input.topic': 'Winter & tyres' }

test('a schedule is made with the form of its instruction, once its next runs were shown', async () => {
  const { world, read, send } = await start()
  await using _ = world
  const [, empty] = await read('/schedules')
  expect(empty).toContain('Nothing is scheduled yet.')
  const [, form] = await read('/schedules/new?instruction=brief')
  for (const part of ['name="input.topic"', 'name="input.tone"', 'placeholder="', 'Show the next runs'])
    expect(form).toContain(part)
  expect(form).not.toContain('input.sources')
  expect(form).not.toContain('name="save"')

  const shown = await send('/schedules', DAILY)
  expect([shown.status, shown.html.match(/<b>\w+, \d+ \w+ \d+, 09:00<\/b>/g)]).toEqual([200, expect.any(Array)])
  expect(shown.html).toContain('name="save"')
  expect(shown.html).toContain('value="Winter &amp; tyres"')
  expect((await world.engine.schedules.list({ limit: 9 })).schedules).toEqual([])

  const saved = await send('/schedules', { ...DAILY, platform: 'slack', channel: '#C024', missed: 'all', save: '1' })
  expect([saved.status, saved.to]).toEqual([303, expect.stringMatching(/^\/schedules\/\w{8}$/)])
  const [{ id } = { id: '' }] = (await world.engine.schedules.list({ limit: 9 })).schedules
  expect(await world.engine.schedules.one(id)).toMatchObject({
    ...{ cron: '0 9 * * 1-5', destination: 'channel:slack:C024', policy: { missed: 'all', overlap: 'skip' } },
    inputs: { topic: 'Winter & tyres' },
  })
  const [, list] = await read('/schedules')
  expect(list).toMatch(/on<\/span>.*Winter &amp; tyres.*0 9 \* \* 1-5 Europe\/Berlin · next .*09:00.*admin/s)
})

test('what does not fit stands at its field, and nothing is saved', async () => {
  const { world, send, read } = await start()
  await using _ = world
  const wrong = { ...DAILY, when: '61 * * * *', 'input.topic': '', jitterSeconds: 'x', save: '1' }
  const { status, html } = await send('/schedules', wrong)
  expect(status).toBe(422)
  expect(html).toMatch(/id="when.problem">61 \* \* \* \* is no time/)
  expect(html).toMatch(/id="input.topic.problem">topic is required/)
  expect(html).toMatch(/<details open="">.*id="jitterSeconds.problem">jitterSeconds: must be a whole number/s)
  expect((await world.engine.schedules.list({ limit: 9 })).schedules).toEqual([])
  expect((await read('/schedules/new?instruction=none'))[0]).toBe(404)
})

test('a new schedule without an instruction begins where one is chosen', async () => {
  const { world, read } = await start()
  await using _ = world
  expect((await read('/schedules/new'))[0]).toBe(302)
})

test('it is changed in the form that made it, which has what it is now', async () => {
  const { world, read, send } = await start()
  await using _ = world
  const made = await send('/schedules', {
    ...DAILY,
    platform: 'slack',
    channel: 'C024',
    jitterSeconds: '30',
    save: '1',
  })
  const path = `${made.to}/edit`
  expect((await read(made.to))[1]).toContain(`href="${path}"`)
  const [, form] = await read(path)
  for (const value of ['0 9 * * 1-5', 'Europe/Berlin', 'Winter &amp; tyres', 'C024', '30'])
    expect(form).toContain(`value="${value}"`)
  expect(form).toContain(`action="${path}"`)
  const next = new Date().getUTCFullYear() + 1
  const changed = { ...DAILY, when: `at ${next}-12-01T09:00`, 'input.topic': 'Rims' }
  expect((await send(path, changed)).html).toContain('name="save"')
  expect((await send(path, { ...changed, save: '1' })).to).toBe(made.to)
  const [only] = (await world.engine.schedules.list({ limit: 9 })).schedules
  expect(only).toMatchObject({ at: `${next}-12-01T08:00:00.000Z`, cron: null, title: 'Rims', destination: null })
  expect((await read(path))[1]).toContain(`value="at ${next}-12-01T09:00"`)
  expect((await send(path, { ...changed, when: 'soon', save: '1' })).status).toBe(422)
  expect((await read('/schedules/none0000/edit'))[0]).toBe(404)
})

test('a run that it has made stands with the status of its job', async () => {
  const { world, read } = await start()
  await using _ = world
  await world.engine.setLimits([{ scope: 'global', name: 'concurrent', value: 0 }], ADMIN)
  const draft = { instruction: 'brief', inputs: { topic: 'Tyres' }, cron: '@daily', timezone: 'UTC' }
  const { id } = await world.engine.schedules.add(draft, ANN)
  await world.engine.schedules.run(id, ANN)
  const [, html] = await read(`/schedules/${id}`)
  expect(html).toMatch(/<span class="mark queued">.*○.*queued.*by hand/s)
  expect(html).not.toContain('▶')
})

test('its page has its history, and what can be done; the audit says who did it', async () => {
  const { world, read, send } = await start()
  await using _ = world
  const draft = { instruction: 'brief', inputs: { topic: '<b>Tyres' }, cron: '@daily', timezone: 'UTC' }
  const { id } = await world.engine.schedules.add(draft, ANN)
  const path = `/schedules/${id}`
  expect((await send(`${path}/run`)).status).toBe(303)
  const [run] = await world.engine.schedules.runs(id, 1)
  await toEnd(world.engine, run?.job ?? '')
  await eventually(async () => {
    const [, html] = await read(path)
    expect(html).toMatch(/&lt;b&gt;Tyres.*1 of 1 succeeded.*by hand.*href="\/jobs\/\w{8}"/s)
  })
  await send(`${path}/pause`)
  const [, paused] = await read(path)
  expect(paused).toMatch(/paused by admin.*Resume/s)
  await send(`${path}/resume`)
  expect((await read('/audit'))[1]).toMatch(/resumed the schedule.*paused the schedule.*made the schedule/s)
  await world.engine.setRole(ANN.actor, 'viewer', ANN)
  const refused = await send(`${path}/run`)
  expect([refused.status, refused.html]).toEqual([409, expect.stringContaining('may not run brief there any more')])
  expect((await send(`${path}/remove`)).to).toBe('/schedules')
  expect((await read(path))[0]).toBe(404)
  expect((await send(`${path}/explode`)).status).toBe(404)
})
