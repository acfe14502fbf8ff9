import { expect, test } from 'vitest'
import { call, questionOf, replying } from '../../engine/questions/asking.ts'
import { adminOf, asking, posting } from '../../support/admin.ts'
import { BEN, makeWorld, toEnd } from '../../support/world.ts'

const instructions = { run: '---\ndescription: Run\nask-tools: [Bash]\n---\nGo' }

test('a job shows its question, takes one decision over the API, and the audit has it', async () => {
  const model = replying(call('Bash', { command: 'ls' }), { text: 'done' })
  await using world = await makeWorld({ instructions, model: model.script })
  const ask = asking(adminOf(world))
  const { id } = (await (await ask('/api/jobs', posting({ instruction: 'run', inputs: {} }))).json()) as { id: string }
  const { id: questionId } = await questionOf(world.engine, id)
  const shown = (await (await ask(`/api/jobs/${id}`)).json()) as { questions: unknown[] }
  expect(shown.questions).toMatchObject([
    { id: questionId, kind: 'approval', tool: 'Bash', input: { command: 'ls' }, text: 'running `ls`', questions: [] },
  ])
  const say = async (body: object) => await ask(`/api/jobs/${id}/answer`, posting(body))
  expect((await say({ questionId, decision: 'perhaps' })).status).toBe(422)
  expect((await say({ questionId, answers: { 'Who?': 'me' } })).status).toBe(422)
  expect((await say({ questionId: 'zzzzzzzz', decision: 'approve' })).status).toBe(404)
  const said = await say({ questionId, decision: 'approve', input: { command: 'pwd' } })
  expect([said.status, await said.json()]).toMatchObject([200, { id, status: 'running', questions: [] }])
  const late = await say({ questionId, decision: 'deny' })
  expect([late.status, await late.json()]).toMatchObject([
    409,
    { detail: 'admin was faster and approved it with a change.' },
  ])
  await toEnd(world.engine, id)
  const audit = await (await ask('/api/audit')).json()
  expect(audit).toMatchObject({
    entries: [
      {
        ...{
          actor: 'user:api:admin',
          action: 'approve',
          target: `question:${questionId}`,
          origin: 'channel:api:admin',
        },
        detail: { job: id, input: { command: 'ls' }, said: { decision: 'approve', input: { command: 'pwd' } } },
      },
    ],
    nextCursor: null,
  })
})

test('people are given roles, which count at once', async () => {
  await using world = await makeWorld({ instructions, model: replying({ text: 'done' }).script })
  const ask = asking(adminOf(world))
  const viewer = await ask('/api/people', posting({ actor: BEN.actor, role: 'viewer' }))
  expect(await viewer.json()).toMatchObject({
    people: [{ actor: BEN.actor, role: 'viewer', changedBy: 'user:api:admin' }],
  })
  const submit = () => world.engine.submit({ instruction: 'run', inputs: {}, origin: BEN })
  await expect(submit()).rejects.toMatchObject({ kind: 'forbidden' })
  expect((await ask('/api/people', posting({ actor: 'ben', role: 'viewer' }))).status).toBe(422)
  const none = await ask(`/api/people/${BEN.actor}`, { method: 'DELETE' })
  expect(await none.json()).toEqual({ people: [] })
  await toEnd(world.engine, (await submit()).id)
  const first = (await (await ask('/api/audit?limit=1')).json()) as { entries: unknown[]; nextCursor: string }
  expect(first.entries).toMatchObject([{ action: 'set-role', detail: { role: null } }])
  const rest = await (await ask(`/api/audit?cursor=${encodeURIComponent(first.nextCursor)}`)).json()
  expect(rest).toMatchObject({ entries: [{ action: 'set-role', detail: { role: 'viewer' } }], nextCursor: null })
})
