import { expect, test } from 'vitest'
import { call, questionOf, replying } from '../../engine/questions/asking.ts'
import { adminOf, asking } from '../../support/admin.ts'
import { ANN, makeWorld, toEnd } from '../../support/world.ts'

const instructions = { run: '---\ndescription: Run\nask-tools: [Bash]\n---\nGo' }
const form = (fields: Record<string, string>, origin?: string): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...(origin && { origin }) },
})

test('a job page takes an answer by a plain form, once, from our own pages, and the audit page has it', async () => {
  const model = replying(call('Bash', { command: 'echo one' }), { text: 'Done.' })
  await using world = await makeWorld({ instructions, model: model.script })
  const ask = asking(adminOf(world))
  const { id } = await world.engine.submit({ instruction: 'run', inputs: {}, origin: ANN })
  const { id: question } = await questionOf(world.engine, id)
  const path = `/jobs/${id}/answer`
  expect(await (await ask('/')).text()).toContain('1 job needs an answer')
  expect(await (await ask(`/jobs/${id}`)).text()).toContain('May I run this command?')

  const approve = { question, decision: 'approve', command: 'echo two' }
  expect((await ask(path, form(approve, 'https://elsewhere.example'))).status).toBe(403)
  expect((await ask(path, form({ ...approve, question: 'zzzzzzzz' }))).status).toBe(409)
  const taken = await ask(path, form(approve))
  expect([taken.status, taken.headers.get('location')]).toEqual([303, `/jobs/${id}?asked=answer`])
  const late = await ask(path, form({ question, decision: 'deny' }))
  expect([late.status, await late.text()]).toEqual([
    409,
    expect.stringContaining('admin was faster and approved it with a change.'),
  ])
  await toEnd(world.engine, id)
  expect(model.heard()).toMatch(/tool: two/)
  expect(await (await ask('/')).text()).toContain('No job needs an answer.')

  const audit = await (await ask(`/audit?q=${id}`)).text()
  expect(audit).toMatch(/title="user:api:admin">admin<[\s\S]*approved it with a change[\s\S]*echo one[\s\S]*echo two/)
  expect(await (await ask('/audit?action=deny')).text()).toContain('Nothing fits.')
})

test('the people page gives a role and takes it away, and says what a key looks like', async () => {
  await using world = await makeWorld({ instructions, model: replying({ text: 'done' }).script })
  const ask = asking(adminOf(world))
  const page = async () => await (await ask('/people')).text()
  expect(await (await ask('/audit')).text()).toContain('Nobody has answered')
  expect((await ask('/people', form({ actor: ' user:slack:U024 ', role: 'viewer' }))).status).toBe(303)
  expect(await page()).toContain('user:slack:U024')
  expect((await world.engine.asking({ ...ANN, actor: 'user:slack:U024' })).role).toBe('viewer')
  const wrong = await ask('/people', form({ actor: 'ben', role: 'viewer' }))
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('must be the key of a person')])
  expect((await ask('/people', form({ actor: 'user:slack:U024', role: 'viewer', remove: '1' }))).status).toBe(303)
  expect((await world.engine.asking({ ...ANN, actor: 'user:slack:U024' })).role).toBe('user')
  const audit = await (await ask('/audit?actor=user:api:admin')).text()
  expect(audit).toMatch(/made user:slack:U024 a user like everybody[\s\S]*made user:slack:U024 a viewer/)
})

test('the audit goes on from page to page, each entry once, newest first', async () => {
  await using world = await makeWorld({ instructions, model: replying({ text: 'done' }).script })
  const ask = asking(adminOf(world))
  for (let i = 0; i < 60; i += 1) await world.engine.setRole(`user:slack:U${100 + i}`, 'viewer', ANN)
  const peopleOf = (html: string) => [...html.matchAll(/made user:slack:(U\d+)/g)].map(([, key]) => key)
  const first = await (await ask('/audit')).text()
  const older = /href="([^"]+)"[^>]*>Older/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = await (await ask(older)).text()
  const all = [...peopleOf(first), ...peopleOf(second)]
  expect(peopleOf(first)).toHaveLength(50)
  expect(new Set(all).size).toBe(60)
  expect((await ask('/audit?cursor=nonsense')).status).toBe(400)
})
