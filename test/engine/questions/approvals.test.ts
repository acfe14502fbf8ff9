import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { JobView } from '../../../src/engine/view.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, BEN, makeWorld, toEnd, type World } from '../../support/world.ts'
import { call, calling, jobOf, openQuestion, questionOf, replying } from './asking.ts'

const ASK = 'ask-tools: [Bash]\n'
const asking = () => ({ run: `---\ndescription: Run\n${ASK}---\nGo` })
const run = { instruction: 'run', inputs: {}, origin: ANN }
const DONE = { text: 'done' }
const approve = { decision: 'approve' } as const
const isParked = async (world: World, id: string) =>
  expect(await world.db.selectFrom('attempt').select('ended_at').where('job', '=', id).execute()).toMatchObject([
    { ended_at: expect.any(String) },
  ])
const made = (world: World, { conversation }: JobView, file: string) =>
  readFile(join(world.dir, 'data', 'workspaces', conversation, file), 'utf8')

test('a command that only reads is asked about, runs when it is approved, and the audit says who did', async () => {
  await using world = await makeWorld({
    instructions: asking(),
    model: replying(call('Bash', { command: 'ls' }), DONE).script,
  })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  expect(question).toMatchObject({ kind: 'approval', tool: 'Bash', text: 'running `ls`', input: { command: 'ls' } })
  await world.engine.answer(question.id, approve, ANN)
  const { events } = await toEnd(world.engine, id)
  expect(events.find(({ kind }) => kind === 'tool_result')).toMatchObject({ isError: false })
  expect(await world.db.selectFrom('audit').selectAll().execute()).toMatchObject([
    { actor: ANN.actor, action: 'approve', target: `question:${question.id}`, origin: ANN.place },
  ])
})

test('of a command that was edited exactly that runs', async () => {
  const model = replying(call('Bash', { command: 'echo asked > a.txt' }), DONE)
  await using world = await makeWorld({ instructions: asking(), model: model.script })
  const { id } = await world.engine.submit(run)
  const input = { command: 'printf \'edited  "twice"\' > a.txt' }
  await world.engine.answer((await questionOf(world.engine, id)).id, { ...approve, input }, ANN)
  const { job } = await toEnd(world.engine, id)
  expect(await made(world, job, 'a.txt')).toBe('edited  "twice"')
})

test('what is denied does not run, and the agent is told why', async () => {
  const model = replying(call('Bash', { command: 'echo no > a.txt' }), DONE)
  await using world = await makeWorld({ instructions: asking(), model: model.script })
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  await world.engine.answer(question.id, { decision: 'deny', reason: 'not on a Friday' }, ANN)
  const { job, events } = await toEnd(world.engine, id)
  expect(job).toMatchObject({ status: 'succeeded', outputs: [] })
  expect(events.find(({ kind }) => kind === 'tool_result')).toMatchObject({ isError: true })
  expect(model.heard()).toContain('not on a Friday')
})

test('ten calls at once are asked about one by one, and a tool approved for the job no more', async () => {
  const tools = Array.from({ length: 10 }, (_, i) => ({ name: 'Bash', input: { command: `echo ${i} > ${i}.txt` } }))
  const model = replying({ text: '', tools }, DONE)
  await using world = await makeWorld({ instructions: asking(), model: model.script })
  const { id } = await world.engine.submit(run)
  await questionOf(world.engine, id)
  const seen = new Set<string>()
  for (let i = 0; i < 6; i += 1) {
    const next = async () => {
      const question = await openQuestion(world.engine, id)
      expect(seen.has(question.id)).toBe(false)
      return question
    }
    const question = await eventually(next)
    seen.add(question.id)
    expect((await jobOf(world.engine, id)).questions).toHaveLength(1)
    await world.engine.answer(question.id, i < 5 ? approve : { decision: 'approve-for-job' }, ANN)
  }
  const { job } = await toEnd(world.engine, id)
  expect(job.outputs.map(({ path }) => path)).toEqual(tools.map((_, i) => `${i}.txt`))
})

test('only approvers approve, and nobody what he asked for himself', async () => {
  await using world = await makeWorld(calling('Bash', { command: 'ls' }, `${ASK}approvers: [${BEN.actor}]\n`))
  const { id } = await world.engine.submit(run)
  const question = await questionOf(world.engine, id)
  const cleo = { ...ANN, actor: 'user:terminal:cleo', actorName: 'cleo' }
  const refused = [ANN, cleo].map(who => world.engine.answer(question.id, approve, who))
  const [self, other] = await Promise.allSettled(refused)
  expect(self).toMatchObject({ reason: { kind: 'forbidden', message: /somebody else has to approve/ } })
  expect(other).toMatchObject({ reason: { kind: 'forbidden', message: 'Only `user:terminal:ben` may approve this.' } })
  const place = 'channel:terminal:elsewhere'
  for (const asked of [question.id, 'nothing1'])
    await expect(world.engine.answer(asked, approve, { ...cleo, place })).rejects.toThrow(`is no question \`${asked}\``)
  expect(await world.engine.question(question.id, { ...cleo, place })).toBeNull()
  expect(await world.engine.question(question.id, { ...BEN, place })).toMatchObject({ id: question.id }) // it is his
  await world.engine.answer(question.id, approve, BEN)
  expect((await toEnd(world.engine, id)).job.status).toBe('succeeded')
})

test('an approval that came while nobody waited passes the identical call once, and another one is asked anew', async () => {
  const wanted = call('Bash', { command: 'echo 1 >> a.txt', description: 'count' })
  const again = call('Bash', { description: 'count', command: 'echo 1 >> a.txt' })
  const model = replying(wanted, again, again, DONE)
  await using world = await makeWorld({ instructions: asking(), model: model.script, parkMinutes: 0.2 / 60 })
  const { id } = await world.engine.submit(run)
  const first = await questionOf(world.engine, id)
  await eventually(() => isParked(world, id))
  await world.engine.answer(first.id, approve, ANN)
  const second = await eventually(() => openQuestion(world.engine, id))
  expect(second.id).not.toBe(first.id)
  expect(await made(world, await jobOf(world.engine, id), 'a.txt')).toBe('1\n')
  await world.engine.answer(second.id, { decision: 'deny' }, ANN)
  const { job } = await toEnd(world.engine, id)
  expect(await made(world, job, 'a.txt')).toBe('1\n')
  expect(model.heard()).toContain('It is approved: make exactly this call again now')
})

test('a job that is cancelled while it waits ends, with and without a process, and takes no answer any more', async () => {
  for (const parkMinutes of [1, 0.1 / 60]) {
    await using world = await makeWorld({ ...calling('Bash', { command: 'ls' }, ASK), parkMinutes })
    const { id } = await world.engine.submit(run)
    const question = await questionOf(world.engine, id)
    if (parkMinutes < 1) await eventually(() => isParked(world, id))
    await world.engine.cancel(id, ANN)
    expect((await toEnd(world.engine, id)).job).toMatchObject({ status: 'cancelled', questions: [] })
    const late = world.engine.answer(question.id, approve, ANN)
    await expect(late).rejects.toThrow('has ended (cancelled); its question needs no answer any more.')
  }
})

test('a command in which a secret is not shown is not run with the mark that stands for it', async () => {
  const secret = 'the-secret-of-this-test'
  const asked = calling('Bash', { command: `curl -H ${secret}` }, ASK)
  await using world = await makeWorld({ ...asked, secrets: [secret] })
  const { id } = await world.engine.submit(run)
  const { id: question, input } = await questionOf(world.engine, id)
  expect(input).toEqual({ command: 'curl -H [secret]' })
  const edited = { ...approve, input: { command: `${input.command} -v` } }
  await expect(world.engine.answer(question, edited, ANN)).rejects.toThrow('`[secret]` stands where a secret')
  await world.engine.answer(question, { ...approve, input: { command: 'curl -v' } }, ANN)
  const { events } = await toEnd(world.engine, id)
  expect(events.find(({ kind }) => kind === 'text')?.text).toContain('{"command":"curl -v"}')
})

test('a retry asks anew for what was approved for the job before', async () => {
  const fails = [
    ['ask', ['toolu_1', 'Bash', { command: 'ls' }]],
    ['fail', {}],
    ['exit', 1],
  ]
  const bin = resolve('test/fixtures/claude-fixture.mjs')
  const instructions = { run: `---\ndescription: Run\n${ASK}---\nDO ${JSON.stringify(fails)}` }
  await using world = await makeWorld({ instructions, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  await engine.answer((await questionOf(engine, id)).id, { decision: 'approve-for-job' }, ANN)
  await toEnd(engine, id)
  await engine.reopen(id, { cause: 'retry' }, ANN)
  const again = await eventually(() => openQuestion(engine, id))
  expect(again.input).toEqual({ command: 'ls' })
})

test('what is said while it waits is heard although its process was ended meanwhile', async () => {
  await using world = await makeWorld({ ...calling('Bash', { command: 'ls' }, ASK), parkMinutes: 0.3 / 60 })
  const { engine } = world
  const { id } = await engine.submit(run)
  const question = await questionOf(engine, id)
  expect((await engine.followUp(id, { text: 'Be brief.', when: 'now' }, ANN)).said).toBe(true)
  await eventually(() => isParked(world, id))
  await engine.answer(question.id, approve, ANN)
  expect((await toEnd(engine, id)).job.result).toMatch(/ann said: Be brief\..*It is approved/s)
})
