import { writeFileSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { readPlan } from '../../../src/engine/claude/plan.ts'
import { heardIn, linesOf, untilWritten } from '../../../src/engine/claude/transcript.ts'
import { taskOf } from './task.ts'

async function makeSession() {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-session-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return { dir, task: taskOf({ session: { dir, nativeId: null } }) }
}

test('a call counts as written once a transcript holds it, that of a sub-agent too', async () => {
  const { dir, task } = await makeSession()
  let isWritten = false
  const { signal } = new AbortController()
  const written = untilWritten(task, 'toolu_2', signal).then(() => {
    isWritten = true
  })
  await delay(60)
  const folder = join(dir, 'config/projects/-w/s/subagents')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'a.jsonl'), '{"id":"toolu_1"}\n')
  await delay(60)
  expect(isWritten).toBe(false)
  await appendFile(join(folder, 'a.jsonl'), '{"id":"toolu_2"}\n')
  await written
})

test('the wait for it ends with the run', async () => {
  const { task } = await makeSession()
  const stop = new AbortController()
  const waiting = untilWritten(task, 'toolu_1', stop.signal)
  stop.abort()
  await waiting
})

test('the plan is what was written down last', async () => {
  const { dir, task } = await makeSession()
  expect(await readPlan(task)).toBeNull()
  await mkdir(join(dir, 'config/plans'), { recursive: true })
  await writeFile(join(dir, 'config/plans/old.md'), 'the first')
  await delay(15)
  await writeFile(join(dir, 'config/plans/new.md'), 'the second')
  await writeFile(join(dir, 'config/plans/notes.txt'), 'no plan')
  expect(await readPlan(task)).toBe('the second')
})

test('no link in the memory of an agent leads the server to what the agent cannot see, and no pipe stops it', async () => {
  const { dir, task } = await makeSession()
  const outside = await makeSession()
  await writeFile(join(outside.dir, 'secret.md'), 'rhubarb')
  const plans = join(dir, 'config/plans')
  await mkdir(plans, { recursive: true })
  await symlink(join(outside.dir, 'secret.md'), join(plans, 'a.md'))
  await execa('mkfifo', [join(plans, 'b.md')])
  expect(await readPlan(task)).toBeNull()
  for (const folder of [plans, join(dir, 'config')]) {
    await rm(folder, { recursive: true })
    await mkdir(join(outside.dir, 'plans'), { recursive: true })
    await writeFile(join(outside.dir, 'plans/secret.md'), 'rhubarb')
    await symlink(folder === plans ? join(outside.dir, 'plans') : outside.dir, folder)
    expect(await readPlan(task)).toBeNull()
  }
})

test('what was only put into the queue of the CLI counts as heard by nobody', async () => {
  const { dir } = await makeSession()
  expect(await heardIn({ dir })).toEqual([])
  const folder = join(dir, 'config/projects/-w')
  await mkdir(folder, { recursive: true })
  const lines = [
    { type: 'queue-operation', operation: 'enqueue', content: 'Be brief.' },
    { type: 'user', message: { role: 'user', content: 'Paint the house' } },
    { type: 'user', message: { role: 'user', content: [{ type: 'tool_result', content: 'ok' }] } },
    { type: 'queue-operation', operation: 'remove', content: 'Be brief.', reason: 'absorbed_mid_turn' },
    { type: 'attachment', attachment: { type: 'queued_command', prompt: 'Be brief.', commandMode: 'prompt' } },
    { type: 'queue-operation', operation: 'enqueue', content: 'In blue.' },
    { type: 'last-prompt', lastPrompt: 'In blue.' },
  ]
  const cut = '{"type":"user","message":{"role":"us'
  await writeFile(join(folder, 's.jsonl'), [...lines.map(line => JSON.stringify(line)), cut].join('\n'))
  expect(await heardIn({ dir })).toEqual(['Paint the house', 'Be brief.'])
})

test.each(['\n', '{}\n'])('between the lines of a long transcript all else goes on: %j', async line => {
  let turns = 0
  const count = () => {
    turns += 1
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  let lines = 0
  for await (const _ of linesOf(Buffer.from(line.repeat(200_000)))) lines += 1
  clearImmediate(next)
  expect([lines, turns > 100]).toEqual([line === '\n' ? 0 : 200_000, true])
})

test('of endless transcripts the first thousand are read', async () => {
  const { dir } = await makeSession()
  const folder = join(dir, 'config/projects/-w')
  await mkdir(folder, { recursive: true })
  const line = JSON.stringify({ type: 'user', message: { content: 'Go' } })
  for (let i = 0; i < 1010; i += 1) writeFileSync(join(folder, `${i}.jsonl`), line)
  expect(await heardIn({ dir })).toHaveLength(1000)
})
