import { expect, test } from 'vitest'
import { ANN, BEN, makeWorld, toEnd, until } from '../../support/world.ts'
import { bin, doing } from './fixture.ts'

const run = { instruction: 'run', inputs: {}, origin: ANN }

test('a conversation that is taken over starts nothing until it is given back', async () => {
  await using world = await makeWorld({
    instructions: { run: doing([['result', 'ok']]) },
    bin,
    adminUsers: [ANN.actor],
  })
  const { engine } = world
  const { id } = await engine.submit(run)
  const { conversation } = (await toEnd(engine, id)).job
  await expect(engine.takeOver(id, BEN)).rejects.toThrow('Only operators and admins')
  const command = await engine.takeOver(id, ANN)
  expect(command).toMatch(
    new RegExp(
      `^cd .*/workspaces/${conversation} && CLAUDE_CONFIG_DIR=.* --setting-sources '' --strict-mcp-config --resume [0-9a-f-]{36}$`,
    ),
  )
  await expect(engine.takeOver(id, ANN)).rejects.toThrow('ann has taken this conversation over already.')
  const { job } = await engine.followUp(id, { text: 'more' }, BEN)
  expect(job).toMatchObject({ status: 'queued', position: null, reason: 'ann has the session open in a terminal' })
  await engine.giveBack(id, ANN)
  expect((await toEnd(engine, job.id)).job.result).toBe('more')
  await expect(engine.giveBack(id, ANN)).rejects.toThrow('Nobody has taken')
})

test('of replies to a conversation that is taken over, the one that is to come at once comes first', async () => {
  await using world = await makeWorld({
    instructions: { run: doing([['result', 'ok']]) },
    bin,
    adminUsers: [ANN.actor],
  })
  const { engine } = world
  const { id } = await engine.submit(run)
  await toEnd(engine, id)
  await engine.takeOver(id, ANN)
  const { job: first } = await engine.followUp(id, { text: 'one' }, ANN)
  const { job: second } = await engine.followUp(id, { text: 'two' }, ANN)
  await engine.hasten(second.id, 'instead', ANN)
  expect(await engine.job(second.id)).toMatchObject({ reason: 'ann has the session open in a terminal' })
  expect(await engine.job(first.id)).toMatchObject({ reason: 'behind the job before it in this thread' })
})

test('a retry does not throw away the session that somebody has open', async () => {
  const instructions = {
    run: doing([
      ['fail', {}],
      ['exit', 1],
    ]),
  }
  await using world = await makeWorld({ instructions, bin, adminUsers: [ANN.actor] })
  const { engine } = world
  const { id } = await engine.submit(run)
  await toEnd(engine, id)
  await engine.takeOver(id, ANN)
  await expect(engine.reopen(id, { cause: 'retry' }, ANN)).rejects.toThrow('ann has the session open in a terminal')
  expect((await engine.reopen(id, { cause: 'resume' }, ANN)).reason).toBe('ann has the session open in a terminal')
})

test('a conversation in which a job goes on is not taken over', async () => {
  await using world = await makeWorld({
    instructions: { run: doing([['say', 'a'], ['hang']]) },
    bin,
    adminUsers: [ANN.actor],
  })
  const { engine } = world
  const { id } = await engine.submit(run)
  await until(engine, id, ({ kind }) => kind === 'text')
  await expect(engine.takeOver(id, ANN)).rejects.toThrow(`Job \`${id}\` of this conversation goes on`)
})
