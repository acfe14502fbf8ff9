import { type Kysely, sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/connect.ts'
import { insertConversation } from '../../src/db/conversation.ts'
import { keepInstructionVersion } from '../../src/db/instruction-version.ts'
import { insertJob, jobsOfConversation } from '../../src/db/job.ts'
import { up } from '../../src/db/migrations/0012_turns.ts'
import { comeNext, nextTurn } from '../../src/db/turn.ts'

const AT = '2026-11-21T10:00:00.000Z'
const JOB = {
  ...{ parent: null, actor: 'user:test:ann', actor_name: 'ann', place: 'channel:test:one', origin: 'test' },
  ...{ instruction: 'brief', instruction_sha: 'abc', title: 'T', inputs: '{}', priority: 0, cause: 'submit' as const },
}

/** Conversation `a` has jobs of these ids and times, the later ones waiting behind the first; `b` has one. */
async function filled(jobs: [id: string, second: number][]) {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  await keepInstructionVersion(db, { sha: 'abc', name: 'brief', source: 'Write', at: AT })
  for (const id of ['a', 'b']) {
    const folders = { id, host: 'h', workspaceUri: 'file:/w', agent: 'claude', sessionStore: 'file:/s' }
    await insertConversation(db, { ...folders, place: JOB.place, ref: null, at: AT })
  }
  const at = (second: number) => AT.replace('00.000', `${second}.000`)
  for (const [i, [id, second]] of jobs.entries())
    await insertJob(db, {
      ...{ ...JOB, id, conversation: 'a', turn: i + 1, created_at: at(second), hold_reason: i === 0 ? null : 'behind' },
    })
  await insertJob(db, { ...JOB, id: 'other000', conversation: 'b', created_at: AT })
  const order = async () => (await jobsOfConversation(db, 'a')).map(({ id, turn }) => [id, turn])
  return { db, order }
}

test('jobs of an older database have their turns by when they were asked for', async () => {
  const { db, order } = await filled([
    ['job0000c', 11],
    ['job0000b', 13],
    ['job0000a', 13],
  ])
  for (const undo of [
    'drop index job_ended',
    'alter table job drop column turn',
    'alter table job drop column said_into',
    'alter table tick add column decided_at text',
  ])
    await sql.raw(undo).execute(db)
  await up(db as unknown as Kysely<unknown>)
  expect(await order()).toEqual([
    ['job0000c', 1],
    ['job0000a', 2],
    ['job0000b', 3],
  ])
  expect([await nextTurn(db, 'a'), await nextTurn(db, 'b')]).toEqual([4, 2])
})

test('the one that comes next goes before all that wait, which keep their order', async () => {
  const { db, order } = await filled([
    ['job0000a', 10],
    ['job0000b', 11],
    ['job0000c', 12],
    ['job0000d', 13],
  ])
  expect(await comeNext(db, { id: 'job0000a', conversation: 'a' })).toBe(false) // it waits for nothing
  expect(await comeNext(db, { id: 'job0000d', conversation: 'a' })).toBe(true)
  expect(await comeNext(db, { id: 'job0000d', conversation: 'a' })).toBe(true) // it is next already
  expect((await order()).map(([id]) => id)).toEqual(['job0000a', 'job0000d', 'job0000b', 'job0000c'])
  expect((await order()).map(([, turn]) => turn)).toEqual([1, 2, 3, 4])
})
