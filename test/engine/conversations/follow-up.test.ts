import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { saidInto } from '../../../src/db/event.ts'
import { jobsOfConversation } from '../../../src/db/job.ts'
import { hasten, type Interrupting } from '../../../src/engine/interrupt.ts'
import { pastOf } from '../../../src/engine/past.ts'
import type { Origin } from '../../../src/job.ts'
import { eventually } from '../../support/eventually.ts'
import { ANN, BEN, instructionsOf, makeWorld, toEnd, until } from '../../support/world.ts'
import { bin, doing, todo } from './fixture.ts'

const run = { instruction: 'run', inputs: {}, origin: ANN }
const QUICK = {
  run: doing([
    ['write', ['a.md', 'first']],
    ['write', ['b.md', 'same']],
    ['result', 'made'],
  ]),
}
const LONG = {
  run: doing([
    ['say', 'here'],
    ['until', 'go'],
    ['result', 'done'],
  ]),
}

test('a reply goes on in the session and workspace, and only what it changed is its output', async () => {
  await using world = await makeWorld({ instructions: QUICK, bin })
  const { engine } = world
  const first = await toEnd(engine, (await engine.submit(run)).id)
  const text = todo([
    ['write', ['a.md', 'second']],
    ['write', ['b.md', 'same']],
    ['arguments', 'argv.txt'],
    ['line', { type: 'result', subtype: 'success', is_error: false, result: 'changed', total_cost_usd: 0.75 }],
  ])
  const { job, said } = await engine.followUp(first.job.id, { text }, BEN)
  expect(said).toBe(false)
  const second = await toEnd(engine, job.id)
  expect(second.job).toMatchObject({ status: 'succeeded', conversation: first.job.conversation, actorName: 'ben' })
  expect(second.job.outputs.map(({ path }) => path)).toEqual(['a.md', 'argv.txt'])
  expect(second.job).toMatchObject({ parent: first.job.id, instruction: 'run', place: ANN.place })
  expect(await readFile(second.job.outputs[1]?.file ?? '', 'utf8')).toContain('--resume')
  expect(await readFile(first.job.outputs[0]?.file ?? '', 'utf8')).toBe('first') // what was delivered stays as it was
  const charged = world.db.selectFrom('ledger').select('spent').where('scope', '=', BEN.actor)
  const day = charged.where('metric', '=', 'costUsd').where('period', 'like', '%-%-%')
  expect(await day.execute()).toEqual([{ spent: 0.5 }]) // what it added, to who asked
})

test('files of a reply become inputs beside those that are there', async () => {
  const source = '---\ndescription: F\ninputs:\n  f: { type: file }\n---\nDO []'
  await using world = await makeWorld({ instructions: { run: source.replace('[]', '[["result","ok"]]') }, bin })
  const { engine } = world
  const notes = (text: string) => [{ name: 'notes.md', open: () => Readable.from([text]) }]
  const first = await toEnd(engine, (await engine.submit({ ...run, inputs: { f: notes('one') } })).id)
  const replies = ['two', 'three'].map(text =>
    engine.followUp(first.job.id, { text: 'read it', files: notes(text) }, ANN),
  )
  const made = await Promise.all(replies)
  const workspace = join(world.dir, 'data', 'workspaces', first.job.conversation)
  for (const [i, text] of ['two', 'three'].entries()) {
    const { job } = await toEnd(engine, made[i]?.job.id ?? '')
    expect(job.result).toContain(`inputs/${job.id}/notes.md`)
    expect(await readFile(join(workspace, 'inputs', job.id, 'notes.md'), 'utf8')).toBe(text)
  }
  expect(await readFile(join(workspace, 'inputs', 'notes.md'), 'utf8')).toBe('one')
})

test('replies wait for the job before them, in the order in which they came, and one at a time', async () => {
  await using world = await makeWorld({ instructions: LONG, bin, slots: 8 })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const texts = Array.from({ length: 10 }, (_, n) =>
    todo([
      ['sleep', 20],
      ['result', `reply ${n}`],
    ]),
  )
  const made = await Promise.all(texts.map(text => engine.followUp(id, { text }, ANN)))
  expect(made.map(({ job }) => job.reason)[0]).toBe('behind the job before it in this thread')
  expect((await engine.job(made[9]?.job.id ?? ''))?.reason).toBe('behind 10 jobs before it in this thread')
  expect(await db.selectFrom('queue').selectAll().execute()).toEqual([])
  const workspace = join(world.dir, 'data', 'workspaces', made[0]?.job.conversation ?? '')
  await writeFile(join(workspace, 'go'), '')
  const ends = await Promise.all(made.map(({ job }) => toEnd(engine, job.id)))
  expect(ends.map(({ job }) => job.result)).toEqual(texts.map((_, n) => `reply ${n}`))
  const attempts = await db.selectFrom('attempt').select(['started_at', 'ended_at']).orderBy('started_at').execute()
  expect(attempts).toHaveLength(11)
  for (const [i, { started_at }] of attempts.entries())
    if (i > 0) expect(started_at >= (attempts[i - 1]?.ended_at ?? '?')).toBe(true)
})

test('a reply in the moment of the end is neither lost nor held for ever', async () => {
  await using world = await makeWorld({ instructions: { run: doing([['result', 'done']]) }, bin, slots: 4 })
  const { engine } = world
  for (let round = 0; round < 5; round += 1) {
    const { id } = await engine.submit(run)
    let replying: ReturnType<typeof engine.followUp> | undefined
    for await (const { status } of engine.follow(id, 0, AbortSignal.timeout(45_000)))
      if (status === 'running') replying = delay(20 + round * 10).then(() => engine.followUp(id, { text: 'more' }, ANN))
    const { job } = (await replying) ?? expect.fail('it never ran')
    expect((await toEnd(engine, job.id)).job).toMatchObject({ status: 'succeeded', result: 'more' })
  }
})

test('a reply that is said now is heard in the running turn', async () => {
  await using world = await makeWorld({
    instructions: {
      run: doing([
        ['say', 'here'],
        ['sleep', 400],
      ]),
    },
    bin,
  })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const { job, said } = await engine.followUp(id, { text: 'make it shorter', when: 'now' }, ANN)
  expect([job.id, said]).toEqual([id, true])
  expect(await saidInto(db, id, 1)).toEqual(['ann said: make it shorter']) // stored before it is told
  const { job: ended, events } = await toEnd(engine, id)
  expect(ended.result).toBe('make it shorter')
  expect(events.filter(({ kind }) => kind === 'answer').map(({ text }) => text)).toEqual(['ann said: make it shorter'])
  expect(await db.selectFrom('job').select('id').execute()).toHaveLength(1)
  const late = await engine.followUp(id, { text: 'one more', when: 'now' }, ANN) // nobody hears it: it is a job of its own
  expect(late.said).toBe(false)
  expect((await toEnd(engine, late.job.id)).job.result).toBe('one more')
})

test('a reply instead stops what runs, and only who may cancel it may do that', async () => {
  await using world = await makeWorld({ instructions: LONG, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  for (const when of ['now', 'instead'] as const)
    await expect(engine.followUp(id, { text: 'no', when }, BEN)).rejects.toThrow('Only ann may change what runs now')
  const { job } = await engine.followUp(id, { text: 'do this', when: 'instead' }, ANN)
  expect((await toEnd(engine, job.id)).job).toMatchObject({ status: 'succeeded', result: 'do this' })
  expect(await engine.job(id)).toMatchObject({ status: 'cancelled', message: 'cancelled by ann' })
})

test('a reply that waits can be said now, or take the place of what runs', async () => {
  await using world = await makeWorld({ instructions: { run: doing([['say', 'here'], ['hang']]) }, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const [first, second] = [await engine.followUp(id, { text: 'a' }, ANN), await engine.followUp(id, { text: 'b' }, ANN)]
  expect([first.job.sooner, (await engine.job(id))?.sooner]).toEqual([['now', 'instead'], []])
  expect(await engine.hasten(first.job.id, 'now', ANN)).toMatchObject({ id })
  expect(await engine.job(first.job.id)).toMatchObject({ status: 'cancelled', message: `said into job ${id}` })
  await expect(engine.hasten(second.job.id, 'now', BEN)).rejects.toThrow('Only ann')
  await engine.hasten(second.job.id, 'instead', ANN)
  expect((await toEnd(engine, second.job.id)).job.result).toBe('b')
  await expect(engine.hasten(second.job.id, 'now', ANN)).rejects.toThrow('waits behind no other one')
})

test('a reply cannot be said now to a job that is parked at a question', async () => {
  const asks = doing([['ask', ['t1', 'Bash', { command: 'ls' }]]], 'ask-tools: [Bash]\n')
  await using world = await makeWorld({ instructions: { run: asks }, bin, parkMinutes: 0.1 / 60 })
  const { engine } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'question')
  const { job } = await engine.followUp(id, { text: 'be brief' }, ANN)
  await eventually(async () => expect((await engine.job(job.id))?.sooner).toEqual(['instead']))
  await expect(engine.hasten(job.id, 'now', ANN)).rejects.toThrow('Nothing runs that could hear it now')
  expect(await engine.job(id)).toMatchObject({ status: 'waiting' })
})

test('a reply is said once, and nothing is stopped for it then, however many buttons are pressed', async () => {
  await using world = await makeWorld({ instructions: { run: doing([['say', 'here'], ['hang']]) }, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const { job: reply } = await engine.followUp(id, { text: 'more' }, ANN)
  const pressed = (['now', 'now', 'instead'] as const).map(how => engine.hasten(reply.id, how, ANN))
  expect((await Promise.allSettled(pressed)).filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(await saidInto(world.db, id, 1)).toEqual(['ann said: more'])
  expect(await engine.job(reply.id)).toMatchObject({ status: 'cancelled', saidInto: id })
  expect(await engine.job(id)).toMatchObject({ status: 'running' })
})

test('a reply whose turn has come meanwhile is not stopped for its own sake', async () => {
  await using world = await makeWorld({ instructions: LONG, bin })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  for (const how of ['now', 'instead'] as const) {
    const { job } = await engine.followUp(id, { text: todo([['say', 'here'], ['hang']]) }, ANN)
    let turn: Promise<unknown> | undefined
    const late = db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        turn ??= engine.cancel(job.parent ?? '', ANN) // after it was seen to wait
        await turn
        await until(engine, job.id, ({ kind }) => kind === 'text')
        return result
      },
    })
    const asking = async () => ({ ...ANN, role: 'user' as const })
    const say = () => expect.fail('it is told to itself')
    const commit = () => expect.fail('it is stopped')
    await hasten({ db: late, asking, commit, running: { say } } as unknown as Interrupting, job.id, how, ANN).catch(
      error => expect(error).toMatchObject({ message: 'Nothing runs that could hear it now; it waits its turn.' }),
    )
  }
})

test('what was said into a turn is known where the session is gone', async () => {
  const instructions = {
    run: doing([
      ['say', 'here'],
      ['sleep', 300],
    ]),
  }
  await using world = await makeWorld({ instructions, bin })
  const { engine, db } = world
  const { id, conversation } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  await engine.followUp(id, { text: 'Be brief.', when: 'now' }, ANN)
  await toEnd(engine, id)
  const next = (await jobsOfConversation(db, conversation)).map(job => ({ ...job, turn: 2 }))[0]
  expect(await pastOf(db, next ?? expect.fail('no job'), instructionsOf(instructions))).toContain('ann said: Be brief.')
})

test('a follow-up checks again who may run it', async () => {
  const instructions = { run: doing([['result', 'ok']]) }
  await using world = await makeWorld({ instructions, bin })
  const { id } = await world.engine.submit(run)
  await toEnd(world.engine, id)
  instructions.run = doing([['result', 'ok']], `allow: [${BEN.actor}]\n`)
  const engine = await world.restart()
  await expect(engine.followUp(id, { text: 'more' }, ANN)).rejects.toThrow('You may not run `run`')
  const { job } = await engine.followUp(id, { text: 'more' }, BEN)
  expect((await toEnd(engine, job.id)).job.result).toBe('more')
})

test('a reply that was said into a turn is not gone on from, and the job that has heard it is', async () => {
  const instructions = {
    run: doing([
      ['say', 'here'],
      ['until', 'go'],
      ['fail', { terminal_reason: 'api_error' }],
      ['exit', 1],
    ]),
  }
  await using world = await makeWorld({ instructions, bin })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const { job: reply } = await engine.followUp(id, { text: 'shorter' }, ANN)
  await engine.hasten(reply.id, 'now', ANN)
  expect(await engine.job(reply.id)).toMatchObject({ status: 'cancelled', saidInto: id })
  await engine.keepThread(reply.conversation, 'thread')
  expect(await engine.inThread(ANN.place, 'thread')).toMatchObject({ id })
  await writeFile(join(world.dir, 'data', 'workspaces', reply.conversation, 'go'), '')
  await toEnd(engine, id)
  await expect(engine.reopen(reply.id, { cause: 'retry' }, ANN)).rejects.toThrow(`Job \`${id}\` has heard this reply`)
  expect(await engine.reopen(id, { cause: 'resume' }, ANN)).toMatchObject({ id, status: 'queued' })
  const { job: next } = await engine.followUp(reply.id, { text: 'and then?' }, ANN)
  expect(next.parent).toBe(id)
  const rows = await jobsOfConversation(db, next.conversation)
  const past = await pastOf(db, rows.at(-1) ?? expect.fail('no job'), instructionsOf(instructions))
  expect(past.match(/shorter/g)).toHaveLength(1) // by the job that has heard it
})

test('of replies that wait the one that is to stop what runs comes next, and the others keep their order', async () => {
  await using world = await makeWorld({ instructions: LONG, bin, slots: 4 })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const write = (name: string) => ({
    text: todo([
      ['write', [`${name}.md`, name]],
      ['sleep', 20],
      ['result', name],
    ]),
  })
  const made: Record<string, string> = {}
  for (const name of ['a', 'b', 'c', 'd']) made[name] = (await engine.followUp(id, write(name), ANN)).job.id
  await engine.cancel(made.b ?? '', ANN) // what is over keeps its place
  await engine.hasten(made.c ?? '', 'instead', ANN)
  expect((await engine.job(made.a ?? ''))?.reason).toMatch(/behind (the job|2 jobs) before it/)
  const last = await toEnd(engine, made.d ?? '')
  const begun = await db.selectFrom('attempt').select('job').orderBy('started_at').execute()
  expect(begun.map(({ job }) => job)).toEqual([id, made.c, made.a, made.d])
  expect((await jobsOfConversation(db, last.job.conversation)).map(job => job.id)).toEqual([
    ...[id, made.c, made.a, made.b, made.d],
  ])
  expect(last.job.outputs.map(({ path }) => path)).toEqual(['d.md']) // what came before it is not its own
})

test('a reply that is sent to stop what runs comes before those that wait', async () => {
  await using world = await makeWorld({ instructions: LONG, bin })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const { job: waiting } = await engine.followUp(id, { text: 'later' }, ANN)
  const { job: instead } = await engine.followUp(id, { text: 'first', when: 'instead' }, ANN)
  await toEnd(engine, waiting.id)
  const begun = await db.selectFrom('attempt').select('job').orderBy('started_at').execute()
  expect(begun.map(({ job }) => job)).toEqual([id, instead.id, waiting.id])
})

test('whoever may not see a job is told the same as of one that is not there', async () => {
  await using world = await makeWorld({ instructions: LONG, bin })
  const { engine } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const { job: waiting } = await engine.followUp(id, { text: 'later' }, ANN)
  const eve: Origin = { ...BEN, actor: 'user:terminal:eve', place: 'channel:terminal:elsewhere' }
  const tries: ((job: string) => Promise<unknown>)[] = [
    job => engine.hasten(job, 'now', eve),
    job => engine.hasten(job, 'instead', eve),
    job => engine.followUp(job, { text: 'x' }, eve),
    job => engine.followUp(job, { text: '', when: 'now' }, eve),
    job => engine.reopen(job, { cause: 'retry' }, eve),
    job => engine.reopen(job, { cause: 'resume' }, eve),
    job => engine.rate(job, { good: true }, eve),
    job => engine.openOutput(job, 'x', eve),
  ]
  for (const attempt of tries)
    for (const job of ['zzzzzzzz', id, waiting.id])
      await expect(attempt(job)).rejects.toThrow(`There is no job \`${job}\` here. \`errand jobs\` lists them.`)
})

test('a cancelled follow-up lets the next one come', async () => {
  await using world = await makeWorld({ instructions: LONG, bin })
  const { engine, db } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  const [first, second] = [await engine.followUp(id, { text: 'a' }, ANN), await engine.followUp(id, { text: 'b' }, ANN)]
  await engine.cancel(first.job.id, ANN)
  expect(await db.selectFrom('queue').selectAll().execute()).toEqual([]) // the running one is not over
  await engine.cancel(id, ANN)
  expect((await toEnd(engine, second.job.id)).job.result).toBe('b')
})

test('a workspace that is gone is filled with what was delivered', async () => {
  await using world = await makeWorld({ instructions: QUICK, bin })
  const { engine } = world
  const first = await toEnd(engine, (await engine.submit(run)).id)
  await rm(join(world.dir, 'data', 'workspaces', first.job.conversation), { recursive: true })
  const text = todo([
    ['write', ['c.md', 'new']],
    ['result', 'ok'],
  ])
  const { job } = await engine.followUp(first.job.id, { text }, ANN)
  expect((await toEnd(engine, job.id)).job.outputs.map(({ path }) => path)).toEqual(['c.md'])
  expect(await readFile(join(world.dir, 'data', 'workspaces', job.conversation, 'a.md'), 'utf8')).toBe('first')
})
