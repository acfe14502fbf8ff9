import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Clock } from '../../../src/clock.ts'
import { systemClock } from '../../../src/clock.ts'
import { ANN, makeWorld, toEnd, until } from '../../support/world.ts'
import { COLOURS, call, questionOf, replying } from '../questions/asking.ts'

const DAY_MS = 24 * 3_600_000
const instructions = { run: '---\ndescription: F\nallowed-tools: [Bash, Write]\n---\nWrite about tyres' }
const run = { instruction: 'run', inputs: {}, origin: ANN }

/** A clock that is ahead of the real one by as much as a test says. */
function movedClock(): Clock & { ahead: number } {
  const clock = { ...systemClock, ahead: 0, now: () => new Date(Date.now() + clock.ahead) }
  return clock
}

test('a follow-up after 31 days still knows what was said', async () => {
  const model = replying(
    call('Write', { file_path: 'a.md', content: 'x' }),
    { text: 'Tyres are round.' },
    { text: 'Black.' },
  )
  const clock = movedClock()
  await using world = await makeWorld({ instructions, model: model.script, clock, retentionDays: 90 })
  const { engine } = world
  const { id } = await engine.submit(run)
  const { job: first } = await toEnd(engine, id)
  expect(first).toMatchObject({ status: 'succeeded', result: 'Tyres are round.' })
  const sessions = join(world.dir, 'data', 'sessions', first.conversation)
  const old = new Date(Date.now() - 31 * DAY_MS)
  for (const name of await readdir(sessions, { recursive: true })) await utimes(join(sessions, name), old, old)
  clock.ahead = 31 * DAY_MS
  const { job } = await engine.followUp(id, { text: 'Which colour?' }, ANN)
  const { job: second } = await toEnd(engine, job.id)
  expect(second).toMatchObject({ status: 'succeeded', result: 'Black.', message: null, outputs: [] })
  expect(model.heard()).toMatch(/Write about tyres.*Tyres are round\..*Which colour\?/s)
})

test('a session that is gone is rebuilt from the texts, and that is said', async () => {
  const model = replying(
    call('Write', { file_path: 'a.md', content: 'x' }),
    { text: 'Tyres are round.' },
    { text: 'Black.' },
  )
  await using world = await makeWorld({ instructions, model: model.script })
  const { engine } = world
  const { id } = await engine.submit(run)
  const { job: first } = await toEnd(engine, id)
  for (const kind of ['sessions', 'workspaces'])
    await rm(join(world.dir, 'data', kind, first.conversation), { recursive: true })
  const { job } = await engine.followUp(id, { text: 'Which colour?' }, ANN)
  const { job: second, events } = await toEnd(engine, job.id)
  const words = 'The earlier session is gone, so I went on from what was said in this conversation.'
  expect(second).toMatchObject({ status: 'succeeded', result: 'Black.', message: words, outputs: [] })
  expect(events.map(({ text }) => text)).toContain(words)
  expect(model.heard()).toMatch(
    /ann asked:\s+Write about tyres.*You answered:\s+Tyres.*delivered: a\.md.*Which colour\?/s,
  )
  expect(await readFile(join(world.dir, 'data', 'workspaces', first.conversation, 'a.md'), 'utf8')).toBe('x')
  const third = await toEnd(engine, (await engine.followUp(id, { text: 'And now?' }, ANN)).job.id)
  expect(third.job.message).toBeNull() // the new session is there
})

test('a reply said now is answered before the job is over, also one that begins like a command', async () => {
  const model = replying(
    call('Bash', { command: 'until [ -e go ]; do sleep 0.05; done' }),
    { text: 'Short.' },
    { text: 'Short.' },
  )
  await using world = await makeWorld({ instructions, model: model.script })
  const { engine } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'tool_use')
  expect(await engine.followUp(id, { text: '/make it shorter', when: 'now' }, ANN)).toMatchObject({ said: true })
  const { conversation = '' } = (await engine.job(id)) ?? {}
  await writeFile(join(world.dir, 'data', 'workspaces', conversation, 'go'), '')
  const { job, events } = await toEnd(engine, id)
  expect(job).toMatchObject({ status: 'succeeded', result: 'Short.', attempt: 1 })
  expect(model.heard()).toContain('make it shorter')
  expect(events.map(({ text }) => text)).toContain('ann said: /make it shorter')
})

test('a job whose agent was killed in the middle of a tool is resumed', async () => {
  const model = replying(call('Bash', { command: 'for i in 1 2 3; do sleep 10; done' }), { text: 'Went on.' })
  await using world = await makeWorld({ instructions, model: model.script })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'tool_use')
  // Before the CLI has written it down there is no session, and the request itself is run again.
  const { conversation = '' } = (await engine.job(id)) ?? {}
  const transcripts = join(world.dir, 'data', 'sessions', conversation, 'config', 'projects')
  const written = async () => {
    const names = (await readdir(transcripts, { recursive: true })).filter(name => name.endsWith('.jsonl'))
    return (await Promise.all(names.map(name => readFile(join(transcripts, name), 'utf8')))).join()
  }
  await expect.poll(written).toContain('sleep 10')
  const { pid } = await db.selectFrom('attempt').select('pid').where('job', '=', id).executeTakeFirstOrThrow()
  process.kill(Number(pid), 'SIGKILL')
  expect((await toEnd(engine, id)).job).toMatchObject({ status: 'failed', failure: 'agent_error' })
  await engine.reopen(id, { cause: 'resume' }, ANN)
  await until(engine, id, ({ status, attempt }) => status === 'succeeded' && attempt === 2)
  expect((await toEnd(engine, id)).job.result).toBe('Went on.')
  expect(model.heard()).toMatch(/Write about tyres.*a person asks you to go on/s)
})

test('a parked session is told of what people said only what it has not heard', async () => {
  const model = replying(
    call('Bash', { command: 'until [ -e go ]; do sleep 0.05; done' }),
    call('AskUserQuestion', COLOURS),
    { text: 'Blue it is.' },
  )
  await using world = await makeWorld({ instructions, model: model.script })
  let { engine } = world
  const { id } = await engine.submit(run)
  const say = (text: string) => engine.followUp(id, { text, when: 'now' }, ANN)
  await until(engine, id, ({ kind }) => kind === 'tool_use')
  expect(await say('Be brief.')).toMatchObject({ said: true })
  const { conversation = '' } = (await engine.job(id)) ?? {}
  await writeFile(join(world.dir, 'data', 'workspaces', conversation, 'go'), '')
  const question = await questionOf(engine, id)
  expect(await say('In capitals.')).toMatchObject({ said: true }) // its turn waits, and takes nothing in any more
  engine = await world.restart() // it waits on, without a process
  await engine.answer(question.id, { answers: { 'Which colour?': 'Blue' } }, ANN)
  expect((await toEnd(engine, id)).job).toMatchObject({ status: 'succeeded', result: 'Blue it is.' })
  expect(model.heard()).toContain('Meanwhile people said:\n- ann said: In capitals.\n\nYou asked, and were answered')
})

test('settings that an agent leaves in its memory mean nothing to its next turn', async () => {
  const hooks = { SessionStart: [{ hooks: [{ type: 'command', command: 'touch hooked' }] }] }
  const command = `echo '${JSON.stringify({ hooks })}' > $CLAUDE_CONFIG_DIR/settings.json; echo > planted`
  const model = replying(call('Bash', { command, description: 'plant' }), { text: 'Done.' }, { text: 'Again.' })
  await using world = await makeWorld({ instructions, model: model.script })
  const { id } = await world.engine.submit(run)
  const { job } = await toEnd(world.engine, id)
  const next = await world.engine.followUp(id, { text: 'More' }, ANN)
  expect((await toEnd(world.engine, next.job.id)).job).toMatchObject({ status: 'succeeded', result: 'Again.' })
  expect(await readdir(join(world.dir, 'data/workspaces', job.conversation))).toEqual(['planted'])
})
