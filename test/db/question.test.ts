import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/connect.ts'
import { findQuestion, insertQuestion, keepAnswer, withdrawQuestion } from '../../src/db/question.ts'
import { seed } from '../support/seed.ts'

const at = '2026-11-21T10:00:00.000Z'

test('an answer is kept once: who comes later changes nothing of it', async () => {
  const db = await openDatabase('sqlite::memory:')
  await seed(db, { id: 'a0000001', status: 'succeeded' })
  await insertQuestion(db, {
    ...{ id: 'q0000001', job: 'a0000001', attempt: 1, kind: 'approval', tool: 'Bash', input: {}, text: 'ls' },
    ...{ toolUseId: 't1', at, remindAt: at, expiresAt: at },
  })
  const say = (by: string, isComplete = true) => keepAnswer(db, 'q0000001', { said: { by }, isComplete, by, at })
  expect(await say('ann', false)).toBe(true)
  expect(await say('ann')).toBe(true)
  expect([await say('ben'), await say('ben', false), await withdrawQuestion(db, 'q0000001', at)]).toEqual([
    false,
    false,
    false,
  ])
  expect(await findQuestion(db, 'q0000001')).toMatchObject({
    state: 'answered',
    said: { by: 'ann' },
    answeredBy: 'ann',
  })
  await db.destroy()
})
